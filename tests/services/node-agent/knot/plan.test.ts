import fc from "fast-check";
import { MAX_STEPS, messagesOf, stepOf, updateOf } from "../../../../services/node-agent/knot/plan";
import { encodeUpdate } from "../../../../services/node-agent/knot/wire/update";

const settings = { zone: "example.test", ttlSeconds: 60, nameServers: {} };
const user = fc.record({
  key: fc.stringMatching(/^user\/[a-z0-9]{1,63}$/).filter((key) => key !== "user/ns"),
  value: fc.constantFrom(null, { cluster: "paid" }, { cluster: "free" }),
});
const zoneWide = fc.constantFrom(
  { key: "zone", value: { defaultCluster: "free" } },
  { key: "cluster/paid", value: { ipv4: "192.0.2.2", ipv6: "2001:db8::2" } },
  { key: "cluster/paid", value: null },
);
const changes = fc.array(fc.oneof({ weight: 50, arbitrary: user }, { weight: 1, arbitrary: zoneWide }), {
  minLength: 1,
  maxLength: 1500,
  size: "max",
});

test("messages hold all steps in their order, within their bounds, each key once, zone-wide steps apart", () => {
  fc.assert(
    fc.property(changes, (all) => {
      const steps = all.map((change) => stepOf(settings, change));
      const messages = [...messagesOf(steps)];
      expect(messages.flatMap((message) => message.steps)).toEqual(steps);
      for (const message of messages) {
        expect(message.steps.length).toBeLessThanOrEqual(MAX_STEPS);
        expect(new Set(message.steps.map(({ key }) => key)).size).toBe(message.steps.length);
        expect(message.steps.every(({ key }) => !key.startsWith("user/") === message.zoneWide)).toBe(true);
        expect(encodeUpdate(1, settings.zone, updateOf(message.steps)).length).toBeLessThan(0xffff - 800);
      }
    }),
    { numRuns: 30 },
  );
});

test("250 users of usual names fit into one message", () => {
  const steps = Array.from({ length: 250 }, (_, index) =>
    stepOf(
      { ...settings, zone: "apps.example.com" },
      { key: `user/customer-${index}`, value: { cluster: "paid-west" } },
    ),
  );
  expect([...messagesOf(steps)]).toHaveLength(1);
});

test("steps are taken as they are needed, not all at once", () => {
  let taken = 0;
  function* endless() {
    for (;;) yield stepOf(settings, { key: `user/u${taken++}`, value: { cluster: "paid" } });
  }
  messagesOf(endless()).next();
  expect(taken).toBe(MAX_STEPS + 1);
});

test("a step empties both names of a user before it sets them, whatever they hold", () => {
  const { operations } = stepOf(settings, { key: "user/alice", value: { cluster: "paid" } });
  const alias = { type: "CNAME", ttl: 60, data: "paid.clusters.example.test" };
  expect(operations).toEqual([
    { kind: "delete-name", name: "alice.example.test" },
    { kind: "delete-name", name: "*.alice.example.test" },
    { kind: "add", record: { name: "alice.example.test", ...alias } },
    { kind: "add", record: { name: "*.alice.example.test", ...alias } },
  ]);
});

test("a step removes of a cluster's name only what the driver put there", () => {
  const { operations } = stepOf(settings, { key: "cluster/paid", value: null });
  const name = "paid.clusters.example.test";
  expect(operations).toEqual(["CNAME", "A", "AAAA"].map((type) => ({ kind: "delete-type", name, type })));
});

import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { Comparison } from "../../../../services/node-agent/knot/reconcile";
import type { ResourceRecord } from "../../../../services/node-agent/knot/wire/records";
import { zoneRecords, type ZoneSettings } from "../../../../services/node-agent/knot/zone";

const settings: ZoneSettings = {
  zone: "example.test",
  ttlSeconds: 60,
  nameServers: { "eu.ns.example.test": "192.0.2.53", "us.ns.example.test": "192.0.2.54" },
};
const STATE = new Map<string, unknown>([
  ["zone", { defaultCluster: "free" }],
  ["cluster/free", { ipv4: "192.0.2.1", ipv6: "2001:db8::1" }],
  ["cluster/paid", { ipv4: "192.0.2.2" }],
  ["user/alice", { cluster: "paid" }],
  ["user/bob", { cluster: "paid" }],
]);

function zoneOf(state: ReadonlyMap<string, unknown>, changed: ZoneSettings = settings): ResourceRecord[] {
  return [...zoneRecords(changed, state, 5, (error) => expect(error).toBeUndefined())];
}

function compare(records: readonly ResourceRecord[], state = STATE, changed = new Set<string>()) {
  const comparison = new Comparison(settings, state);
  for (const record of records) comparison.see(record);
  return [...comparison.repairs(changed, () => 9)];
}

const alias = (name: string, cluster: string): ResourceRecord => ({
  name: `${name}.example.test`,
  type: "CNAME",
  ttl: 60,
  data: `${cluster}.clusters.example.test`,
});

test("a zone that is as the state has it needs no repair, in whatever order it comes", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(zoneOf(STATE), { minLength: zoneOf(STATE).length }), (records) => {
      expect(compare(records)).toEqual([]);
    }),
  );
});

describe.each(zoneOf(STATE).filter(({ type }) => type !== "SOA"))("$type record of $name", (record) => {
  const others = zoneOf(STATE).filter((other) => !isDeepStrictEqual(other, record));

  test("is restored where it is missing, by one step", () => {
    const steps = compare(others);
    expect(steps).toHaveLength(1);
    expect(steps[0]?.operations).toContainEqual({ kind: "add", record });
  });

  test("is set right where it has another TTL, by one step", () => {
    const steps = compare([...others, { ...record, ttl: 1 }]);
    expect(steps).toHaveLength(1);
    expect(steps[0]?.operations).toContainEqual({ kind: "add", record });
  });
});

test("a user who lives elsewhere is repaired only if the records are still as they were read", () => {
  const wrong = alias("*.alice", "free");
  const [step, ...rest] = compare([...zoneOf(STATE).filter(({ name }) => name !== wrong.name), wrong]);
  expect(rest).toEqual([]);
  expect(step?.key).toBe("user/alice");
  expect(step?.prerequisites).toEqual([{ kind: "has-record", record: wrong }]);
});

test("a user who is missing is restored only if nobody has set the names meanwhile", () => {
  const [step] = compare(zoneOf(STATE).filter(({ name }) => !name.endsWith("alice.example.test")));
  expect(step?.prerequisites).toEqual([
    { kind: "has-no-records", name: "alice.example.test", type: "CNAME" },
    { kind: "has-no-records", name: "*.alice.example.test", type: "CNAME" },
  ]);
});

test("users and clusters that the state does not have are removed, users first", () => {
  const gone = [
    { name: "old.clusters.example.test", type: "A", ttl: 60, data: "192.0.2.7" },
    alias("carol", "old"),
    alias("*.carol", "old"),
  ];
  expect(compare([...zoneOf(STATE), ...gone]).map(({ key, operations }) => [key, operations])).toEqual([
    ["user/carol", gone.slice(1).map((record) => ({ kind: "delete-record", record }))],
    ["cluster/old", [{ kind: "delete-record", record: gone[0] }]],
  ]);
});

test("clusters are repaired before users, and users before the wildcard leaves them", () => {
  const state = new Map(STATE).set("zone", { defaultCluster: "paid" }).set("user/dora", { cluster: "free" });
  const records = zoneOf(STATE).filter(({ name }) => name !== "free.clusters.example.test");
  expect(compare(records, state).map(({ key }) => key)).toEqual(["cluster/free", "user/dora", "zone"]);
});

test("records of others are left alone, unless they stand where a CNAME belongs", () => {
  const others = [
    { name: "www.example.test", type: "A", ttl: 60, data: "192.0.2.9" },
    { name: "blog.example.test", type: "CNAME", ttl: 60, data: "blog.elsewhere.test" },
    { name: "example.test", type: "TYPE16", ttl: 60, data: "\\# 2 0161" },
    { name: "paid.clusters.example.test", type: "TYPE16", ttl: 60, data: "\\# 2 0161" },
  ];
  expect(compare([...zoneOf(STATE), ...others])).toEqual([]);
  const inTheWay = { name: "bob.example.test", type: "TYPE16", ttl: 60, data: "\\# 2 0161" };
  expect(compare([...zoneOf(STATE), inTheWay]).map(({ key }) => key)).toEqual(["user/bob"]);
});

test("what was changed since the zone was read is left to that change", () => {
  expect(compare(zoneOf(new Map()), STATE, new Set(STATE.keys()))).toEqual([]);
});

test("a state that changed while the zone was read counts as it is in the end", () => {
  const state = new Map(STATE);
  const comparison = new Comparison(settings, state);
  for (const record of [...zoneOf(STATE), alias("carol", "paid"), alias("*.carol", "paid")]) comparison.see(record);
  state.set("user/carol", { cluster: "paid" });
  state.delete("user/alice");
  expect([...comparison.repairs(new Set(["user/alice"]), () => 9)].map(({ key }) => key)).toEqual(["user/carol"]);
});

test("name servers are added before old ones go, and the SOA record follows with a later serial", () => {
  const before = {
    ...settings,
    nameServers: { "asia.ns.example.test": "192.0.2.55", "eu.ns.example.test": "192.0.2.53" },
  };
  const [step, ...rest] = compare(zoneOf(STATE, before));
  expect(rest).toEqual([]);
  const brief = step?.operations.map((operation) =>
    "record" in operation ? [operation.kind, operation.record.type, operation.record.data] : operation.kind,
  );
  expect(brief).toEqual([
    ["add", "NS", "us.ns.example.test"],
    ["add", "A", "192.0.2.54"],
    ["delete-record", "NS", "asia.ns.example.test"],
    ["delete-record", "A", "192.0.2.55"],
    ["add", "SOA", "eu.ns.example.test. hostmaster.example.test. 9 86400 7200 3600000 60"],
  ]);
});

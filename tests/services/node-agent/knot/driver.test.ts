/** The driver and a real Knot. */
import fc from "fast-check";
import { statSync } from "node:fs";
import { createKnotDriver } from "../../../../services/node-agent/knot";
import { TestKnot, ZONE } from "../../../support/knot";
import { servedSerial, servedZone, wantedZone } from "./zone-in-knot";

jest.setTimeout(60_000);

const BASE = new Map<string, unknown>([
  ["zone", { defaultCluster: "free" }],
  ["cluster/free", { ipv4: "192.0.2.1", ipv6: "2001:db8::1" }],
  ["cluster/paid", { ipv4: "192.0.2.2" }],
  ["user/alice", { cluster: "paid" }],
]);
const toPaid = { cluster: "paid" };
const toFree = { cluster: "free" };

describe("a fed Knot", () => {
  let knot: TestKnot;
  let revision = 0;
  const change = (key: string, value: unknown) => ({ key, value, revision: ++revision });

  beforeAll(async () => {
    knot = await TestKnot.start(BASE);
  });

  afterAll(async () => {
    await knot.stop();
  });

  /** Puts the zone back to what it began with. */
  async function reset(): Promise<void> {
    await knot.driver.reconcile(BASE);
    expect(await servedZone(knot)).toEqual(wantedZone(knot, BASE));
  }

  test("begins with the zone of the state", async () => {
    expect(await servedZone(knot)).toEqual(wantedZone(knot, BASE));
    expect(await knot.driver.reconcile(BASE)).toBe(0);
  });

  test("serves a change by the time that it is said to be in force", async () => {
    for (const cluster of ["free", "paid", "free"]) {
      await knot.driver.apply([change("user/carol", { cluster })]);
      expect(await knot.dig("+short", `app.carol.${ZONE}`, "CNAME")).toBe(`${cluster}.clusters.${ZONE}.\n`);
    }
    await reset();
  });

  test("never serves one of a user's names without the other", async () => {
    let done = false;
    const moving = (async () => {
      for (let round = 0; round < 40; round++)
        await knot.driver.apply([change("user/alice", round % 2 === 0 ? toFree : toPaid)]);
      done = true;
    })();
    while (!done) {
      const lines = (await servedZone(knot)).filter((line) => /^(\*\.)?alice\./.test(line));
      expect(lines).toHaveLength(2);
      expect(new Set(lines.map((line) => line.split(" ").at(-1))).size).toBe(1);
    }
    await moving;
  });

  test("keeps the order of many calls at once", async () => {
    const calls = Array.from({ length: 60 }, (_, index) =>
      knot.driver.apply([change(`user/u${index % 5}`, index >= 55 ? toPaid : index % 2 === 0 ? toFree : null)]),
    );
    await Promise.all(calls);
    const users = Array.from({ length: 5 }, (_, index) => [`user/u${index}`, toPaid] as const);
    expect(await servedZone(knot)).toEqual(wantedZone(knot, new Map([...BASE, ...users])));
    await reset();
  });

  test("takes 10,000 users at once", async () => {
    const users = Array.from({ length: 10_000 }, (_, index) => [`user/customer-${index}`, toPaid] as const);
    await knot.driver.apply(users.map(([key, value]) => change(key, value)));
    expect(await servedZone(knot)).toEqual(wantedZone(knot, new Map([...BASE, ...users])));
    await knot.driver.apply(users.map(([key]) => change(key, null)));
    expect(await servedZone(knot)).toEqual(wantedZone(knot, BASE));
  });

  test("passes over a change that the zone cannot hold, says so, and publishes the rest", async () => {
    const before = knot.driver.refused;
    await knot.driver.apply([
      change("user/dora", toPaid),
      change("user/clusters", toPaid),
      change("user/emil", { cluster: 7 }),
      change("user/fred", toPaid),
    ]);
    expect(knot.driver.refused - before).toBe(2);
    expect(knot.log.filter(({ level }) => level === "error").map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ error: '"user/clusters": the label is the service\'s own' }),
      expect.objectContaining({ error: expect.stringContaining('"user/emil" has the value {"cluster":7}') as string }),
    ]);
    expect(await servedZone(knot)).toEqual(
      wantedZone(knot, new Map([...BASE, ["user/dora", toPaid], ["user/fred", toPaid]])),
    );
    await reset();
  });

  test("replaces whatever stands where a user's CNAME belongs", async () => {
    await knot.byHand(["set", "grace", "60", "A", "192.0.2.99"], ["set", "*.grace", "60", "TXT", "hello"]);
    await knot.driver.apply([change("user/grace", toPaid)]);
    expect(await servedZone(knot)).toEqual(wantedZone(knot, new Map([...BASE, ["user/grace", toPaid]])));
    await reset();
  });

  test("gives a cluster new addresses, and takes away the ones that it has no longer", async () => {
    const moved = { ipv4: "192.0.2.7" };
    await knot.driver.apply([change("cluster/free", moved)]);
    expect(await servedZone(knot)).toEqual(wantedZone(knot, new Map([...BASE, ["cluster/free", moved]])));
    await reset();
  });

  test("answers for a new default cluster without a moment at which users are elsewhere", async () => {
    const changes = [
      change("user/bob", toFree),
      change("zone", { defaultCluster: "paid" }),
      change("user/alice", null),
    ];
    const seen = new Set<string>();
    let done = false;
    const applied = knot.driver.apply(changes).then(() => (done = true));
    do {
      for (const user of ["alice", "bob"])
        seen.add(`${user} ${await knot.dig("+short", `app.${user}.${ZONE}`, "CNAME")}`);
    } while (!done);
    await applied;
    expect([...seen].sort()).toEqual([`alice paid.clusters.${ZONE}.\n`, `bob free.clusters.${ZONE}.\n`]);
    await reset();
  });

  test("any sequence of changes ends in the zone of the final state", async () => {
    const key = fc.oneof(
      { weight: 8, arbitrary: fc.stringMatching(/^user\/[a-c]{1,2}$/) },
      { weight: 1, arbitrary: fc.constantFrom("zone", "cluster/c", "cluster/d") },
    );
    const cluster = fc.constantFrom("free", "paid", "c");
    const address = fc.record(
      { ipv4: fc.ipV4(), ipv6: fc.ipV6().filter((text) => !text.includes(".")) },
      { requiredKeys: ["ipv4"] },
    );
    const sequence = fc.array(fc.tuple(key, fc.option(cluster), address, fc.nat({ max: 3 })), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(sequence, async (all) => {
        const state = new Map(BASE);
        const calls: Promise<void>[] = [];
        const batch: { key: string; value: unknown; revision: number }[] = [];
        for (const [changed, to, addresses, end] of all) {
          const value =
            to === null
              ? null
              : changed === "zone"
                ? { defaultCluster: to }
                : changed.startsWith("user")
                  ? { cluster: to }
                  : addresses;
          batch.push(change(changed, value));
          if (value === null) state.delete(changed);
          else state.set(changed, value);
          if (end === 0) calls.push(knot.driver.apply(batch.splice(0)));
        }
        await Promise.all([...calls, knot.driver.apply(batch)]);
        expect(await servedZone(knot)).toEqual(wantedZone(knot, state));
        await knot.driver.reconcile(BASE);
        expect(await servedZone(knot)).toEqual(wantedZone(knot, BASE));
      }),
      { numRuns: 40 },
    );
  });

  test("repairs what was changed by hand, and nothing else", async () => {
    const others = [
      [`www.${ZONE} 60 A 192.0.2.99`, ["set", "www", "60", "A", "192.0.2.99"]],
      [`blog.${ZONE} 60 CNAME blog.elsewhere.test`, ["set", "blog", "60", "CNAME", "blog.elsewhere.test."]],
    ] as const;
    await knot.byHand(
      ...others.map(([, set]) => set),
      ["unset", "alice"],
      ["unset", "*", "CNAME"],
      ["set", "*", "60", "A", "192.0.2.98"],
      ["set", "paid.clusters", "60", "A", "192.0.2.97"],
      ["set", "stray", "60", "CNAME", `paid.clusters.${ZONE}.`],
      ["set", "gone.clusters", "60", "A", "192.0.2.96"],
    );
    expect(await knot.driver.reconcile(BASE)).toBe(5);
    const expected = [...wantedZone(knot, BASE), ...others.map(([line]) => line)].sort();
    expect(await servedZone(knot)).toEqual(expected);
    expect(await knot.driver.reconcile(BASE)).toBe(0);
    await knot.byHand(["unset", "www"], ["unset", "blog"]);
  });

  test("repairs while changes go on, and loses none of them", async () => {
    const state = new Map<string, unknown>(BASE);
    for (let round = 0; round < 15; round++) {
      await knot.byHand(["unset", "alice"], ["set", `stray${round}`, "60", "CNAME", `paid.clusters.${ZONE}.`]);
      const reconciled = knot.driver.reconcile(state);
      for (let index = 0; index < 5; index++) {
        const [key, value] = [
          `user/u${index}`,
          (round + index) % 3 === 0 ? null : round % 2 === 0 ? toPaid : toFree,
        ] as const;
        if (value === null) state.delete(key);
        else state.set(key, value);
        await knot.driver.apply([change(key, value)]);
      }
      await reconciled;
      expect(await servedZone(knot)).toEqual(wantedZone(knot, state));
    }
    await reset();
  });

  test.each([
    ["without signature", []],
    ["with another key of the same name", ["-y", `hmac-sha256:node-agent:${Buffer.alloc(32).toString("base64")}`]],
    ["with a key of another name", ["-y", `hmac-sha256:other:${Buffer.alloc(32).toString("base64")}`]],
  ])("transfers nothing to who asks %s", async (_, args) => {
    const printed = await knot.dig(ZONE, "AXFR", ...args).catch((error: { stdout: string }) => error.stdout);
    expect(printed).not.toContain("alice");
  });

  test.each([
    ["without signature", undefined],
    ["with another key of the same name", `hmac-sha256:node-agent:${Buffer.alloc(32).toString("base64")}`],
  ])("takes no update that comes %s", async (_, key) => {
    const serial = await servedSerial(knot);
    await expect(knot.update(`update add mallory.${ZONE} 60 A 192.0.2.66`, key)).rejects.toThrow(
      /REFUSED|NOTAUTH|TSIG/,
    );
    expect(await servedSerial(knot)).toBe(serial);
    expect(await knot.dig("+short", `mallory.${ZONE}`)).toBe(`free.clusters.${ZONE}.\n192.0.2.1\n`);
  });

  test("takes an update that is signed with the key, as an operator would send it", async () => {
    await knot.update(`update add by-hand.${ZONE} 60 A 192.0.2.66`, `hmac-sha256:node-agent:${knot.key}`);
    expect(await knot.dig("+short", `by-hand.${ZONE}`)).toBe("192.0.2.66\n");
    await knot.byHand(["unset", "by-hand"]);
  });
});

test("the limit of answers per second truncates and never silences", async () => {
  const knot = await TestKnot.start(BASE, { rateLimit: { responsesPerSecond: 5 } });
  try {
    const answers = await Promise.all(Array.from({ length: 60 }, () => knot.dig("+ignore", `app.alice.${ZONE}`)));
    const truncated = answers.filter((printed) => printed.includes("Flags: qr aa tc"));
    expect(truncated.length).toBeGreaterThan(0);
    expect(answers.every((printed) => printed.includes("status: NOERROR"))).toBe(true);
    expect(await knot.dig("+tcp", "+short", `app.alice.${ZONE}`)).toContain("192.0.2.2");
  } finally {
    await knot.stop();
  }
});

test("nobody but Knot's user may read the configuration, which holds the key", async () => {
  const knot = await TestKnot.start(BASE);
  try {
    const { configFile, supervise } = knot.settings;
    expect(statSync(configFile).mode & 0o777).toBe(0o600);
    expect(statSync(configFile).uid).toBe(supervise?.user?.uid ?? process.getuid?.());
    expect(knot.log.some((line) => JSON.stringify(line).includes(knot.key))).toBe(false);
  } finally {
    await knot.stop();
  }
});

test.each([
  ["no name server", { nameServers: {} }, `zone ${ZONE} has no name servers: name one at least`],
  [
    "a key that is too short",
    { updateKey: "c2hvcnQ=" },
    "must be base64 of at least 32 octets; make one with: openssl rand",
  ],
  ["a key that is no base64", { updateKey: "!".repeat(44) }, "must be base64 of at least 32 octets"],
])("settings with %s are refused, with what to do", async (_, overrides, message) => {
  const knot = await TestKnot.create();
  try {
    expect(() => createKnotDriver({ ...knot.settings, ...overrides })).toThrow(message);
    expect(() => createKnotDriver({ ...knot.settings, ...overrides })).not.toThrow("c2hvcnQ=");
  } finally {
    await knot.stop();
  }
});

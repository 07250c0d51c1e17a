import { EvacuationRate } from "../../../../services/resolution/transfers/evacuation-rate";
import { TransferPass } from "../../../../services/resolution/transfers/pass";
import type { Barriers } from "../../../../services/resolution/transfers/facts";
import { BATCH_SIZE, STUCK_RETRY_MS, transferTimings } from "../../../../services/resolution/transfers/timings";
import { MemoryTransferStore } from "./model/memory-store";
import { Tables } from "./model/tables";

const TIMINGS = transferTimings({ ttlSeconds: 60, graceSeconds: 30 });

describe("a pass", () => {
  function world(users: number) {
    const tables = new Tables("a");
    for (const name of ["a", "b", "c"]) tables.clusters.set(name, { active: true, users: 0, arriving: 0 });
    for (let n = 0; n < users; n++) tables.createUser(`u${n}`, "a");
    const stuck: string[] = [];
    const published: number[] = [];
    let nowMs = 0;
    const store = new MemoryTransferStore(tables, () => nowMs);
    const advance = jest.spyOn(store, "advance");
    const pass = new TransferPass(store, TIMINGS, {
      onStuck: (id) => stuck.push(id),
      onPublished: (seconds) => published.push(seconds),
    });
    const look = async (passedMs = 0) => {
      nowMs += passedMs;
      return await pass.run();
    };
    return { tables, stuck, published, look, attempts: () => advance.mock.calls.length };
  }

  it("takes a transfer as far as nodes allow", async () => {
    const { tables, look } = world(1);
    tables.connect("host:a", "host", "1", 0);
    tables.request("u0", "b", "planned");
    while ((await look()) > 0);
    expect(tables.runningOf("u0")?.phase).toBe("stopping");
    tables.acknowledge("host", "1", tables.revision);
    while ((await look()) > 0);
    expect(tables.transfersOf("u0")[0]?.phase).toBe("settling");
  });

  it("reroutes nothing while a node is silent that a later phase needs, and gives up in the end", async () => {
    const { tables, look } = world(1);
    tables.connect("host:a", "host", "1", 0);
    tables.disconnect("host");
    tables.request("u0", "b", "planned");
    while ((await look()) > 0);
    expect(tables.runningOf("u0")?.phase).toBe("accepting");
    for (let second = 0; second <= TIMINGS.phaseSeconds.accepting; second++) await look(1000);
    expect(tables.transfersOf("u0")[0]).toMatchObject({
      phase: "aborting",
      outcome: "host:a host (silent) did not acknowledge within 30 s",
    });
  });

  it("leaves alone a transfer whose step the store refuses, and tells of it; others go on", async () => {
    const { tables, stuck, look } = world(2);
    tables.request("u0", "b", "planned");
    tables.request("u1", "c", "planned");
    const [broken] = tables.transfersOf("u0");
    tables.count("b", 0, -1);
    tables.cancel("u0");
    tables.cancel("u1");
    await look();
    expect(stuck).toEqual([broken?.id]);
    expect(tables.runningOf("u0")?.phase).toBe("requested");
    expect(tables.transfersOf("u1")[0]?.phase).toBe("aborted");
  });

  it("leaves alone a transfer whose step cannot be decided", async () => {
    const { tables, stuck, look } = world(2);
    tables.request("u0", "b", "planned");
    tables.request("u1", "b", "planned");
    const [broken] = tables.transfersOf("u0");
    if (broken === undefined) throw new Error("it was asked for");
    // As after a bad repair by hand.
    tables.transfers.set(broken.id, { ...broken, phase: "accepting", barriers: null as unknown as Barriers });
    while ((await look()) > 0);
    expect(stuck).toEqual([broken.id]);
    expect(tables.transfersOf("u1")[0]?.phase).toBe("settling");
  });

  it("finds the one step in a large batch that the store refuses in few attempts", async () => {
    const { tables, stuck, look, attempts } = world(BATCH_SIZE);
    for (let n = 0; n < BATCH_SIZE; n++) tables.request(`u${n}`, n === 321 ? "c" : "b", "planned");
    tables.count("c", 0, -1);
    for (let n = 0; n < BATCH_SIZE; n++) tables.cancel(`u${n}`);
    expect(await look()).toBe(BATCH_SIZE - 1);
    expect(stuck).toEqual([tables.runningOf("u321")?.id]);
    expect(attempts()).toBeLessThan(25);
  });

  it("starts an evacuation's other transfers where one is stuck", async () => {
    const { tables, stuck, look } = world(3);
    tables.evacuate("a", "b", "planned", 1, 1);
    const [first] = [...tables.transfers.values()];
    if (first === undefined) throw new Error("it was asked for");
    tables.domains.set(first.user, [null as never]);
    for (let second = 0; second < 5; second++) {
      await look(1000);
      while ((await look()) > 0);
    }
    expect(stuck).toEqual([first.id]);
    const phases = [...tables.transfers.values()].map(({ phase }) => phase);
    expect(phases).toEqual(["requested", "settling", "settling"]);
  });

  it("tries one that is stuck again, after a while", async () => {
    const { tables, stuck, look } = world(1);
    tables.request("u0", "b", "planned");
    tables.count("b", 0, -1);
    tables.cancel("u0");
    await look();
    const seconds = async (count: number) => {
      for (let second = 0; second < count; second++) await look(1_000);
    };
    await seconds(STUCK_RETRY_MS / 1000 - 1);
    expect(stuck).toHaveLength(1);
    await seconds(1);
    expect(stuck).toHaveLength(2);
    tables.count("b", 0, 1);
    await seconds(STUCK_RETRY_MS / 1000);
    expect(tables.transfersOf("u0")[0]?.phase).toBe("aborted");
  });

  it("tells how long DNS nodes took, also where a transfer went on without them", async () => {
    const { tables, published, look } = world(1);
    tables.connect("dns", "server", "1", 0);
    tables.request("u0", "b", "planned");
    while ((await look()) > 0);
    for (let second = 0; second < TIMINGS.phaseSeconds.publishing + 5; second++) await look(1000);
    expect(tables.transfersOf("u0")[0]?.phase).toBe("settling");
    expect(published).toEqual([]);
    tables.acknowledge("server", "1", tables.revision);
    await look();
    expect(published).toEqual([TIMINGS.phaseSeconds.publishing + 5]);
  });

  it("starts an evacuation's transfers by its rate, and no more than may be under way", async () => {
    const { tables, look } = world(10);
    // It never acknowledges, so what was started stays under way.
    tables.connect("edge:b", "edge", "1", 0);
    tables.evacuate("a", "b", "planned", 2, 4);
    const started = () => [...tables.transfers.values()].filter(({ phase }) => phase !== "requested").length;
    const counts = [];
    for (let second = 0; second < 4; second++) {
      await look(1000);
      counts.push(started());
    }
    expect(counts).toEqual([1, 3, 4, 4]);
  });
});

describe("an evacuation's rate", () => {
  it("begins with one transfer and saves up a second's worth", () => {
    const rate = new EvacuationRate();
    expect(rate.allowance("e", 100, 0)).toBe(1);
    rate.use("e", 1);
    expect(rate.allowance("e", 100, 250)).toBe(25);
    expect(rate.allowance("e", 100, 60_000)).toBe(100);
  });

  it("starts one every few seconds where it is below one per second", () => {
    const rate = new EvacuationRate();
    rate.allowance("e", 0.25, 0);
    rate.use("e", 1);
    expect([1, 2, 3, 4].map((second) => rate.allowance("e", 0.25, second * 1000))).toEqual([0, 0, 0, 1]);
  });

  it("forgets evacuations that have ended", () => {
    const rate = new EvacuationRate();
    rate.allowance("e", 100, 0);
    rate.use("e", 1);
    rate.keep([]);
    expect(rate.allowance("e", 100, 0)).toBe(1);
  });
});

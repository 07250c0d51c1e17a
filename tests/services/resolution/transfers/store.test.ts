/** What the driver expects of its store, held by the one in PostgreSQL and by the one in memory that the model's lives run on. */
import { accept, forward, publish, putBack, settle, stop } from "../../../../services/resolution/transfers/steps";
import { StepsRefused, type TransferStore } from "../../../../services/resolution/transfers/store";
import { CLOCK_STEP_MS } from "../../../../services/resolution/transfers/timings";
import { useStore } from "../store-fixture";
import { CLUSTERS, TIMINGS, type Bench } from "./bench/bench";
import { memoryBench } from "./bench/memory";
import { postgresBench } from "./bench/postgres";

const settled = () => settle(0);

const database = useStore();
const BENCHES: Record<string, () => Promise<Bench>> = {
  "in PostgreSQL": () => postgresBench(database.pool, TIMINGS),
  "in memory": memoryBench,
};

describe.each(Object.entries(BENCHES))("a store %s", (_, open) => {
  let bench: Bench;
  let store: TransferStore;
  let nowMs: number;

  beforeEach(async () => {
    bench = await open();
    nowMs = 5_000;
    store = bench.session(() => nowMs);
  });
  afterEach(() => bench.close());

  const due = async (except: readonly string[] = []) => await store.due((await bench.snapshot()).clockMs, except);

  it("advances the service clock by what has passed, at most by a step", async () => {
    nowMs += 300;
    expect(await store.advanceClock()).toBe(300);
    nowMs += 3_600_000;
    expect(await store.advanceClock()).toBe(300 + CLOCK_STEP_MS);
    nowMs += 50;
    expect(await store.advanceClock()).toBe(350 + CLOCK_STEP_MS);
  });

  it("does not count what has passed before a session began", async () => {
    nowMs += 700;
    expect(await bench.session(() => nowMs).advanceClock()).toBe(0);
  });

  it("moves only transfers that are in the phase", async () => {
    await bench.request("u0", "b", "planned");
    const ids = (await due()).map(({ id }) => id);
    expect(await store.advance("accepting", ids, () => ({ phase: "done", feed: [] }))).toBe(0);
    expect(await store.advance("requested", ids, accept)).toBe(1);
    expect(await store.advance("requested", ids, accept)).toBe(0);
  });

  it("waits for the last revision of each scope, and for none without entries", async () => {
    await bench.request("u1", "b", "planned");
    await store.advance(
      "requested",
      (await due()).map(({ id }) => id),
      accept,
    );
    const { transfers, feed } = await bench.snapshot();
    expect(transfers[0]).toMatchObject({
      phase: "accepting",
      barriers: { "edge:b": feed["edge:b tombstone/u1"]?.[0], "host:b": feed["host:b user/u1"]?.[0] },
    });
  });

  it("writes nothing of a batch when one of its steps is refused", async () => {
    await bench.request("u0", "b", "planned");
    await bench.request("u1", "b", "planned");
    const before = await bench.snapshot();
    const ids = (await due()).map(({ id }) => id);
    const taking = store.advance("requested", ids, (facts) => ({
      ...accept(facts),
      counts: [{ cluster: "b", users: facts.transfer.user === "u1" ? -1 : 0, arriving: 0 }],
    }));
    await expect(taking).rejects.toThrow(StepsRefused);
    expect(await bench.snapshot()).toEqual(before);
  });

  it("names transfers of no evacuation first, and queued ones of an evacuation only to it", async () => {
    await bench.evacuate("a", "b", 2);
    expect(await due()).toEqual([]);
    const [evacuation] = await store.openEvacuations();
    expect(evacuation).toMatchObject({ running: true, concurrency: 2, underway: 0, queued: true });
    const [first] = await store.queued(evacuation?.id ?? "", 1, []);
    await store.advance("requested", [first ?? ""], accept);
    expect(await store.openEvacuations()).toMatchObject([{ underway: 1, queued: true }]);
    await bench.tellEvacuations("abort");
    await bench.cancel("u0");
    expect((await due()).filter(({ phase }) => phase === "requested")).toHaveLength(2);
    expect(await store.openEvacuations()).toMatchObject([{ running: false }]);
  });

  it("leaves out those that are to be left alone", async () => {
    await bench.request("u0", "b", "planned");
    await bench.request("u1", "b", "planned");
    const [first, second] = await due();
    expect(await due([first?.id ?? ""])).toEqual([second]);
    await bench.evacuate("a", "c", 1);
    const [evacuation] = await store.openEvacuations();
    const queued = await store.queued(evacuation?.id ?? "", 10, []);
    expect(queued).toHaveLength(1);
    expect(await store.queued(evacuation?.id ?? "", 10, queued)).toEqual([]);
  });

  it("names the furthest on first, and those that settle last", async () => {
    await bench.request("u0", "b", "planned");
    const [settling] = (await due()).map(({ id }) => id);
    await store.advance("requested", [settling ?? ""], (facts) => ({ ...accept(facts), phase: "settling", feed: [] }));
    await bench.request("u1", "b", "planned");
    const [accepting] = (await due()).filter(({ phase }) => phase === "requested").map(({ id }) => id);
    await store.advance("requested", [accepting ?? ""], (facts) => ({ ...accept(facts), phase: "stopping", feed: [] }));
    await bench.request("u2", "b", "planned");
    expect((await due()).map(({ phase }) => phase)).toEqual(["stopping", "requested", "settling"]);
  });

  it("lets the source run a user up to stopping, the destination from publishing on, and nobody in between", async () => {
    await bench.request("u0", "b", "planned");
    const [id = ""] = (await due()).map((transfer) => transfer.id);
    const running = async () => {
      const answers = await Promise.all(CLUSTERS.map((cluster) => bench.mayRun("u0", cluster)));
      return CLUSTERS.filter((_, index) => answers[index]);
    };
    const seen: [string, readonly string[]][] = [["requested", await running()]];
    const steps = {
      requested: accept,
      accepting: forward,
      forwarding: stop,
      stopping: publish,
      publishing: settled,
    } as const;
    for (const [phase, step] of Object.entries(steps) as [keyof typeof steps, (typeof steps)[keyof typeof steps]][]) {
      expect(await store.advance(phase, [id], step)).toBe(1);
      seen.push([(await bench.snapshot()).transfers[0]?.phase ?? "", await running()]);
    }
    expect(seen).toEqual([
      ["requested", ["a"]],
      ["accepting", ["a"]],
      ["forwarding", ["a"]],
      ["stopping", []],
      ["publishing", ["b"]],
      ["settling", ["b"]],
    ]);
  });

  it("lets the source run a user again when a transfer that was stopping is put back", async () => {
    await bench.request("u0", "b", "planned");
    const ids = (await due()).map(({ id }) => id);
    await store.advance("requested", ids, (facts) => ({ ...accept(facts), ...stop(facts) }));
    expect(await bench.mayRun("u0", "a")).toBe(false);
    await store.advance("stopping", ids, (facts) => putBack(facts, ""));
    expect(await bench.mayRun("u0", "a")).toBe(true);
    expect(await bench.mayRun("u0", "b")).toBe(false);
  });

  it("ends an evacuation only when nothing of it is left", async () => {
    await bench.evacuate("a", "b", 2);
    const [evacuation] = await store.openEvacuations();
    await store.endEvacuation(evacuation?.id ?? "");
    expect((await bench.snapshot()).evacuations).toEqual(["running"]);
    const ids = await store.queued(evacuation?.id ?? "", 10, []);
    await store.advance("requested", ids, () => ({ phase: "aborted", feed: [] }));
    await store.endEvacuation(evacuation?.id ?? "");
    expect((await bench.snapshot()).evacuations).toEqual(["done"]);
  });
});

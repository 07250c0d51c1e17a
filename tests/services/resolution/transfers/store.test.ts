/** What the driver expects of its store, held by the one in PostgreSQL and by the one in memory that the model's lives run on. */
import fc from "fast-check";
import { TransferPass } from "../../../../services/resolution/transfers/pass";
import { accept } from "../../../../services/resolution/transfers/steps";
import { StepsRefused, type TransferStore } from "../../../../services/resolution/transfers/store";
import { CLOCK_STEP_MS, transferTimings } from "../../../../services/resolution/transfers/timings";
import { useStore } from "../store-fixture";
import { CLUSTERS, USERS, type Bench } from "./bench/bench";
import { memoryBench } from "./bench/memory";
import { postgresBench } from "./bench/postgres";

const TIMINGS = transferTimings(
  { ttlSeconds: 2, graceSeconds: 1 },
  {
    phaseSeconds: { accepting: 2, forwarding: 2, stopping: 3, publishing: 2, aborting: 2 },
    quietSeconds: 4,
    maxSettleSeconds: 6,
  },
);

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
    await bench.request("u0", "b", "planned");
    await store.advance(
      "requested",
      (await due()).map(({ id }) => id),
      accept,
    );
    const { transfers, feed } = await bench.snapshot();
    expect(transfers[0]).toMatchObject({
      phase: "accepting",
      barriers: { "edge:b": feed["edge:b tombstone/u0"]?.[0], "host:b": feed["host:b user/u0"]?.[0] },
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

/** What may happen to both stores alike. */
const event = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ ask: fc.constantFrom(...USERS), to: fc.constantFrom(...CLUSTERS), urgent: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ cancel: fc.constantFrom(...USERS) }) },
  { weight: 1, arbitrary: fc.record({ evacuate: fc.constantFrom(...CLUSTERS), to: fc.constantFrom(...CLUSTERS) }) },
  { weight: 1, arbitrary: fc.record({ tell: fc.constantFrom("pause", "resume", "abort") }) },
  { weight: 1, arbitrary: fc.record({ close: fc.constantFrom(...CLUSTERS) }) },
  { weight: 1, arbitrary: fc.record({ open: fc.constantFrom(...CLUSTERS) }) },
  { weight: 1, arbitrary: fc.record({ visit: fc.constantFrom(...USERS), holder: fc.constantFrom(...CLUSTERS) }) },
  { weight: 1, arbitrary: fc.record({ forget: fc.constantFrom("dns", "edge:b", "host:a") }) },
  { weight: 4, arbitrary: fc.record({ follow: fc.constantFrom("all", "some", "disconnected") }) },
  { weight: 8, arbitrary: fc.record({ passMs: fc.constantFrom(0, 400, 1_000), times: fc.constantFrom(1, 1, 4) }) },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

const SCOPES = ["dns", ...CLUSTERS.flatMap((name) => [`edge:${name}`, `host:${name}`] as const)] as const;

/** Its own pass and clock over one of the stores. */
class Life {
  private nowMs = 0;
  private readonly pass: TransferPass;

  constructor(readonly bench: Bench) {
    this.pass = new TransferPass(
      bench.session(() => this.nowMs),
      TIMINGS,
    );
  }

  async live(event: Event): Promise<void> {
    if ("ask" in event) await this.bench.request(event.ask, event.to, event.urgent ? "emergency" : "planned");
    else if ("cancel" in event) await this.bench.cancel(event.cancel);
    else if ("evacuate" in event && event.evacuate !== event.to) await this.bench.evacuate(event.evacuate, event.to, 2);
    else if ("tell" in event) await this.bench.tellEvacuations(event.tell);
    else if ("close" in event) await this.bench.setActive(event.close, false);
    else if ("open" in event) await this.bench.setActive(event.open, true);
    else if ("visit" in event) await this.bench.visit(event.visit, event.holder);
    else if ("forget" in event) await this.bench.forgetNode(event.forget, `${event.forget}-1`);
    else if ("follow" in event) await this.follow(event.follow);
    else if ("passMs" in event) for (let n = 0; n < event.times; n++) await this.passTime(event.passMs);
  }

  private async passTime(ms: number): Promise<void> {
    this.nowMs += ms;
    await this.pass.run();
  }

  private async follow(which: "all" | "some" | "disconnected"): Promise<void> {
    const head = await this.bench.head();
    for (const scope of SCOPES) {
      await this.bench.node(scope, `${scope}-0`, head, true);
      await this.bench.node(scope, `${scope}-1`, which === "all" ? head : 0, which !== "disconnected");
    }
  }
}

it("both stores make the same of the same events", async () => {
  const lives = fc.asyncProperty(fc.array(event, { minLength: 10, maxLength: 30, size: "max" }), async (events) => {
    const benches = [await postgresBench(database.pool, TIMINGS), await memoryBench()] as const;
    const [inPostgres, inMemory] = [new Life(benches[0]), new Life(benches[1])];
    try {
      for (const next of events) {
        await inPostgres.live(next);
        await inMemory.live(next);
        expect(await benches[1].snapshot()).toEqual(await benches[0].snapshot());
      }
    } finally {
      await benches[0].close();
    }
  });
  await fc.assert(lives, { numRuns: 25, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false });
}, 120_000);

/** What the model's lives show of the store in memory holds for PostgreSQL: whatever happens, both come to the same. */
import fc from "fast-check";
import { TransferPass } from "../../../../services/resolution/transfers/pass";
import { useStore } from "../store-fixture";
import { CLUSTERS, TIMINGS, USERS, type Bench } from "./bench/bench";
import { memoryBench } from "./bench/memory";
import { postgresBench } from "./bench/postgres";

const database = useStore();

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
    // As the driver does: what a step makes possible is due in the next pass, or in the same one.
    while ((await this.pass.run()) > 0);
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
  await fc.assert(lives, { numRuns: 50, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false });
}, 120_000);

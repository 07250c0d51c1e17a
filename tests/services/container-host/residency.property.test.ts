/**
 * Invariant I1 over interleavings: two clusters with a host each, a control plane that moves a user to and fro, and requests at
 * both all the while. Whatever is under way (starts, stops, questions, answers, the feed's delivery) ends when the scheduler says.
 */
import fc from "fast-check";
import { Admission } from "../../../services/container-host/admission";
import { AppPool } from "../../../services/container-host/pool/pool";
import { Journal } from "../../../services/container-host/pool/journal";
import { Refusal } from "../../../services/container-host/refusal";
import { ResidencyDriver } from "../../../services/container-host/residency/driver";
import { Residents } from "../../../services/container-host/residency/residents";
import type { Verdict } from "../../../services/container-host/residency/standing";
import { WaitingRoom } from "../../../services/container-host/waiting";
import type { FeedLine, Residency } from "../../../services/contracts/feed";
import { RecordingLog } from "../node-agent/recording-log";
import { FakeRuntime, Places } from "./support/fake-runtime";

const USER = "alice";
const CLUSTERS = ["free", "paid"] as const;
type Cluster = (typeof CLUSTERS)[number];

/** What is done beside the moves: a request at a cluster, or the feed's entries deleted as when a transfer has settled. */
type Step = { readonly type: "request"; readonly cluster: Cluster } | { readonly type: "move" | "abort" | "settle" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("request" as const), cluster: fc.constantFrom(...CLUSTERS) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("move" as const, "abort" as const, "settle" as const) }) },
);

class SimulatedHost {
  readonly admission: Admission;
  readonly pool: AppPool;
  private readonly driver: ResidencyDriver;
  private readonly residents: Residents;
  private revision = 0;

  constructor(cluster: Cluster, places: Places, pause: (what: string) => Promise<void>, ask: () => Verdict) {
    const { log } = new RecordingLog();
    const runtime = new FakeRuntime(cluster, places, () => pause("app"));
    const journal = new Journal(log);
    const limits = { apps: 10, appsPerUser: 5, requestsPerApp: 100, idleMs: 3_600_000 };
    this.pool = new AppPool(limits, { runtime, journal, startMs: 60_000, drainMs: 0, stopMs: 0 });
    const askLate = async () => {
      await pause("question");
      const verdict = ask();
      await pause("answer");
      return verdict;
    };
    this.residents = new Residents({ occupancy: this.pool, ask: askLate, log, confirmMs: 3_600_000 });
    const { pool, residents } = this;
    const room = new WaitingRoom({ perUser: 100, inAll: 100 });
    this.admission = new Admission({ residents, pool, room, holdMs: 60_000, stage: () => "serving" });
    this.driver = new ResidencyDriver({ residents, revision: 0, log });
    this.hear();
  }

  /** Tells it an entry; resolves when it acknowledges that. */
  async tell(residency: Residency | null): Promise<void> {
    const revision = ++this.revision;
    const value = residency && { residency };
    this.hear({ type: "entry", revision, key: `user/${USER}`, value });
    await this.driver.apply([{ key: `user/${USER}`, value, revision }]);
  }

  async stop(): Promise<void> {
    await this.driver.stop();
    await this.pool.stopAll("end");
  }

  private hear(...lines: FeedLine[]): void {
    this.driver.hear([...lines, { type: "live", revision: this.revision }]);
  }
}

class World {
  readonly places = new Places();
  readonly hosts: Record<Cluster, SimulatedHost>;
  readonly served: string[] = [];
  /** Requests that came to a host which knew the user as leaving and ran nothing of theirs, and that were served later on. */
  servedOnReturn = 0;
  readonly refused: string[] = [];
  private readonly abort = new AbortController();
  private readonly entries: Partial<Record<Cluster, Residency | null>> = {};
  private home: Cluster = "free";
  /** The cluster that a transfer is stopping the user in. */
  private stopping: Cluster | undefined;
  private readonly requests: Promise<void>[] = [];

  constructor(private readonly pause: (what: string) => Promise<void>) {
    const host = (cluster: Cluster) => new SimulatedHost(cluster, this.places, pause, () => this.mayRun(cluster));
    this.hosts = { free: host("free"), paid: host("paid") };
  }

  get isWaiting(): Promise<void>[] {
    return this.requests;
  }

  /**
   * As the control API answers: by its store, in one statement. Of a user who arrives or leaves it is not to be asked, and is
   * away: a host that asks all the same goes on without an answer.
   */
  private mayRun(cluster: Cluster): Verdict {
    const entry = this.entries[cluster];
    if (entry === "arriving" || entry === "leaving") return "unanswered";
    return this.home === cluster && this.stopping !== cluster ? "resident" : "elsewhere";
  }

  request(cluster: Cluster): void {
    const app = { user: USER, app: "echo" };
    const hadLeft = this.entries[cluster] === "leaving" && !this.hosts[cluster].pool.has(USER);
    const request = this.hosts[cluster].admission.admit(app, this.abort.signal).then(
      (lease) => {
        if (hadLeft) this.servedOnReturn++;
        this.served.push(...new Set(this.places.of(USER)));
        lease.release();
      },
      (error: unknown) => {
        if (!(error instanceof Refusal) && !this.abort.signal.aborted) throw error;
        this.refused.push(error instanceof Refusal ? error.reason : "gone");
      },
    );
    this.requests.push(request);
  }

  /** One transfer, in the order of the resolution service's steps. */
  async transfer(isAborted: boolean): Promise<void> {
    const source = this.home;
    const destination = source === "free" ? "paid" : "free";
    await this.tell(destination, "arriving");
    this.stopping = source;
    await this.tell(source, "leaving");
    if (isAborted) {
      this.stopping = undefined;
      await Promise.all([this.tell(source, "resident"), this.tell(destination, "leaving")]);
      return;
    }
    this.home = destination;
    this.stopping = undefined;
    await this.tell(destination, "resident");
  }

  async settle(): Promise<void> {
    await Promise.all(CLUSTERS.map((cluster) => this.tell(cluster, null)));
  }

  /** Those who still wait go away. */
  async end(): Promise<void> {
    this.abort.abort(new Error("the client has gone"));
    await Promise.all([...this.requests, ...CLUSTERS.map((cluster) => this.hosts[cluster].stop())]);
  }

  private async tell(cluster: Cluster, residency: Residency | null): Promise<void> {
    await this.pause("feed");
    this.entries[cluster] = residency;
    await this.hosts[cluster].tell(residency);
    await this.pause("acknowledgement");
  }
}

it("a user's apps run in one cluster at a time, whatever happens when", async () => {
  let served = 0;
  let servedOnReturn = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 20 }), fc.scheduler(), async (steps, scheduler) => {
      const world = new World((what) => scheduler.schedule(Promise.resolve(), what));
      const transfers = (async () => {
        for (const each of steps) {
          if (each.type === "move" || each.type === "abort") await world.transfer(each.type === "abort");
          if (each.type === "settle") await world.settle();
        }
      })();
      const requests = (async () => {
        for (const each of steps) {
          if (each.type !== "request") continue;
          await scheduler.schedule(Promise.resolve(), "request");
          world.request(each.cluster);
        }
      })();
      await scheduler.waitFor(Promise.all([transfers, requests]));
      const ended = world.end();
      await scheduler.waitFor(ended);
      expect(world.places.breaches).toEqual([]);
      expect(world.places.of(USER)).toEqual([]);
      served += world.served.length;
      servedOnReturn += world.servedOnReturn;
    }),
    { numRuns: 300 },
  );
  expect(served).toBeGreaterThan(100);
  expect(servedOnReturn).toBeGreaterThan(10);
});

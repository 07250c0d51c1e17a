/**
 * What was seen of the system from outside, and what of it should not have been: where users' containers ran, how requests
 * went, what name servers answered, when edges dropped tombstones. All nodes of a test write to one ledger, in the order in
 * which things happened, so an invariant is a question to it.
 */

/** How a request ended. Only `served` is what a user wants; what else may be, a test says. */
export type RequestOutcome =
  | "served"
  /** It came to a cluster that neither runs the user's containers nor may, and knows of no other. */
  | "refused"
  /** It came back to a cluster that it had been through. */
  | "looped"
  /** Whoever was to take it was down, or could not learn whether it may start the containers, or held it for too long. */
  | "unavailable";

export interface RequestRecord {
  readonly user: string;
  /** Clusters whose edges it passed, in order. */
  readonly path: readonly string[];
  readonly outcome: RequestOutcome;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Edges that a request may pass after the first. */
const MAX_FORWARDS = 2;

interface Drop {
  readonly user: string;
  readonly holder: string;
  /** For how much longer somebody could have gone to the holder by an answer that was still good. */
  readonly earlyMs: number;
}

export class Ledger {
  readonly requests: RequestRecord[] = [];
  private readonly breaches: string[] = [];
  /** Hosts that run a user's containers, by user: `<cluster>/<host>`. */
  private readonly running = new Map<string, Set<string>>();
  /** When the last answer ends that sent somebody to a cluster, by user and cluster. */
  private readonly answers = new Map<string, number>();
  private readonly drops = new Map<string, Drop>();
  private readonly starts = new Map<string, string[]>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A host starts a user's containers. I1: no other cluster runs them. */
  started(user: string, cluster: string, host: string): void {
    const places = this.running.get(user) ?? new Set();
    const elsewhere = [...places].filter((place) => !place.startsWith(`${cluster}/`));
    if (elsewhere.length > 0)
      this.breaches.push(`I1: ${user} starts in ${cluster}/${host} and runs in ${elsewhere.join()}`);
    this.running.set(user, places.add(`${cluster}/${host}`));
    this.starts.set(user, [...this.startsOf(user), cluster]);
    this.drops.delete(keyOf(user, cluster));
  }

  stopped(user: string, cluster: string, host: string): void {
    this.running.get(user)?.delete(`${cluster}/${host}`);
  }

  /** Clusters in which the user's containers were started, in order. */
  startsOf(user: string): readonly string[] {
    return this.starts.get(user) ?? [];
  }

  /** Clusters that run the user's containers now. */
  clustersOf(user: string): string[] {
    return [...new Set([...(this.running.get(user) ?? [])].map((place) => place.slice(0, place.indexOf("/"))))];
  }

  /** A request has ended. I2: it passed two edges after the first at most, and none twice. */
  requested(record: RequestRecord): void {
    this.requests.push(record);
    const { user, path, outcome } = record;
    if (path.length - 1 > MAX_FORWARDS) this.breaches.push(`I2: a request for ${user} went ${path.join(" -> ")}`);
    if (outcome === "looped") this.breaches.push(`I2: a request for ${user} looped: ${path.join(" -> ")}`);
  }

  /** A name server sent somebody to a cluster, who may stay with that for `ttlSeconds`. */
  answered(user: string, cluster: string, ttlSeconds: number): void {
    this.answers.set(keyOf(user, cluster), this.now() + ttlSeconds * 1000);
  }

  tombstoneSet(user: string, holder: string): void {
    this.drops.delete(keyOf(user, holder));
  }

  /**
   * An edge has forgotten where a user went. I3: no answer that leads to it is good any more, unless the user comes back
   * there: then the tombstone appears again or the containers start, which settles it.
   */
  tombstoneDropped(user: string, holder: string): void {
    const earlyMs = (this.answers.get(keyOf(user, holder)) ?? 0) - this.now();
    if (earlyMs > 0) this.drops.set(keyOf(user, holder), { user, holder, earlyMs });
  }

  /** Every breach of I1, I2 and I3 so far, in words; to be asked when all transfers have ended. */
  violations(): string[] {
    const early = [...this.drops.values()].map(
      ({ user, holder, earlyMs }) =>
        `I3: ${holder} dropped the tombstone of ${user} ${Math.round(earlyMs)} ms too early`,
    );
    return [...this.breaches, ...early];
  }

  /** Requests of a user, or of all, that were not served. */
  failures(user?: string): RequestRecord[] {
    return this.requests.filter(
      (record) => record.outcome !== "served" && (user === undefined || record.user === user),
    );
  }
}

function keyOf(user: string, cluster: string): string {
  return `${user} ${cluster}`;
}

/** What visitors went through, by the cluster that they were at home in when the drill began. Pure. */

/** One request of a user's visitor. Times are of the process's monotonic clock, in ms. */
export interface Request {
  readonly user: string;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Cluster that served it; empty where none did. */
  readonly servedBy: string;
  /** Why it counts as failed; undefined where it was answered. */
  readonly failure?: string | undefined;
}

/** A WebSocket that ended. */
export interface Closing {
  readonly user: string;
  readonly atMs: number;
  /** Of the close frame; 1006 where there was none. */
  readonly code: number;
}

/** A user and their home when the drill began. */
export interface Resident {
  readonly user: string;
  readonly cluster: string;
}

export interface Observed {
  readonly requests: readonly Request[];
  readonly closings: readonly Closing[];
}

/** When what happened. */
export interface Timeline {
  readonly brokenMs: number;
  /** When what was broken was put right again. */
  readonly liftedMs: number;
}

/** One cluster's visitors. */
export interface Group {
  readonly cluster: string;
  readonly users: number;
  readonly requests: number;
  readonly failed: number;
  /** Users of whom a request failed. */
  readonly noticing: readonly string[];
  /** WebSockets that were cut: ended without being told to open again. */
  readonly cut: number;
  /** Longest that one request waited for its answer. */
  readonly slowestMs: number;
  /** From the break until the first failure was known. */
  readonly detectedMs?: number;
  /** From the lifting until the last request began that failed; 0 where none began after it. */
  readonly recoveredMs?: number;
}

/** Going away (as pages do), and opening again elsewhere (as moves ask for): neither is a loss. */
const HARMLESS_CODES = [1000, 1012];

/** Groups in the order in which their first resident comes. */
export function groupsOf(residents: readonly Resident[], observed: Observed, timeline: Timeline): Group[] {
  const clusters = [...new Set(residents.map(({ cluster }) => cluster))];
  return clusters.map((cluster) => {
    const users = residents.filter((resident) => resident.cluster === cluster).map(({ user }) => user);
    return groupOf(cluster, new Set(users), observed, timeline);
  });
}

function groupOf(cluster: string, users: ReadonlySet<string>, observed: Observed, timeline: Timeline): Group {
  const requests = observed.requests.filter(({ user }) => users.has(user));
  const failed = requests.filter(({ failure }) => failure !== undefined);
  const cuts = observed.closings.filter(({ user, code }) => users.has(user) && !HARMLESS_CODES.includes(code));
  return {
    cluster,
    users: users.size,
    requests: requests.length,
    failed: failed.length,
    noticing: [...new Set(failed.map(({ user }) => user))].sort(),
    cut: cuts.length,
    slowestMs: requests.reduce((slowest, { startedMs, endedMs }) => Math.max(slowest, endedMs - startedMs), 0),
    ...(failed.length > 0 && timesOf(failed, timeline)),
  };
}

function timesOf(failed: readonly Request[], { brokenMs, liftedMs }: Timeline) {
  const first = Math.min(...failed.map(({ endedMs }) => endedMs));
  const last = Math.max(...failed.map(({ startedMs }) => startedMs));
  return { detectedMs: Math.max(0, first - brokenMs), recoveredMs: Math.max(0, last - liftedMs) };
}

/** The reasons of failures, most frequent first: `12 × 503 by nobody`. */
export function reasonsOf(requests: readonly Request[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const { failure } of requests) if (failure !== undefined) counts.set(failure, (counts.get(failure) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.slice(0, most).map(([reason, count]) => `${count} × ${reason}`);
}

/** Users of whom the last `count` requests that began after a time have all been answered. */
export function steadyUsers(requests: readonly Request[], afterMs: number, count: number): Set<string> {
  const runs = new Map<string, number>();
  const later = requests.filter(({ startedMs }) => startedMs >= afterMs);
  for (const { user, failure } of later.sort((a, b) => a.startedMs - b.startedMs)) {
    runs.set(user, failure === undefined ? (runs.get(user) ?? 0) + 1 : 0);
  }
  return new Set([...runs].flatMap(([user, run]) => (run >= count ? [user] : [])));
}

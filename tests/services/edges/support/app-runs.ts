/** I1 by the hosts' own logs, merged: when each app ran, and whether any two clusters ran a user's apps at once. Pure. */

/** A line of a host's log about an app. */
export interface AppEvent {
  readonly msg: "app starting" | "app started" | "app stopping" | "app stopped";
  readonly cluster: string;
  readonly node: string;
  readonly user: string;
  readonly app: string;
  /** Names this run among all of all hosts. */
  readonly startId: string;
  /** By the machine's monotonic clock, which all processes share. */
  readonly monotonicMs: number;
}

/** An app may have run from `fromMs` until `toMs`, which is infinite while it may still run. */
export interface AppRun {
  readonly cluster: string;
  readonly node: string;
  readonly user: string;
  readonly app: string;
  readonly startId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export function appRuns(events: readonly AppEvent[]): AppRun[] {
  const ends = new Map(
    events.flatMap(({ msg, startId, monotonicMs }) => (msg === "app stopped" ? [[startId, monotonicMs]] : [])),
  );
  return events
    .filter(({ msg }) => msg === "app starting")
    .map(({ cluster, node, user, app, startId, monotonicMs }) => {
      return { cluster, node, user, app, startId, fromMs: monotonicMs, toMs: ends.get(startId) ?? Infinity };
    })
    .sort((a, b) => a.fromMs - b.fromMs);
}

/** Every pair of runs of one user's apps that overlap in time, in different clusters. None if I1 held. */
export function overlaps(runs: readonly AppRun[]): [AppRun, AppRun][] {
  return runs.flatMap((first, index) =>
    runs
      .slice(index + 1)
      .filter((second) => second.user === first.user && second.cluster !== first.cluster)
      .filter((second) => second.fromMs < first.toMs && first.fromMs < second.toMs)
      .map((second): [AppRun, AppRun] => [first, second]),
  );
}

/** What a user's move looked like to the visitors, held against what the hosts say that they ran. Pure. */
import { overlaps, type AppRun } from "./app-runs";
import type { Visit } from "./http-load";

export interface Review {
  readonly requests: number;
  /** Each one that was not answered 200 by an app, in words. */
  readonly failed: readonly string[];
  /** Answers that no app can have given which ran at that time, by the hosts' logs, in words. */
  readonly unaccounted: readonly string[];
  /** Pairs of runs in two clusters at the same time, in words. */
  readonly overlapping: readonly string[];
  /** Clusters that answered, in the order in which they first did. */
  readonly clusters: readonly string[];
  readonly answersBy: ReadonlyMap<string, number>;
  /** Longest time in which no request was answered, in milliseconds. */
  readonly longestPauseMs: number;
  /** Longest that one request waited for its answer. */
  readonly slowestMs: number;
}

/** Of one user's visits, in the order of their answers, and the runs of all of their apps. */
export function review(visits: readonly Visit[], runs: readonly AppRun[]): Review {
  const served = visits.filter(({ status }) => status === 200);
  const answersBy = new Map<string, number>();
  for (const { servedBy } of served) {
    const cluster = clusterOf(servedBy);
    answersBy.set(cluster, (answersBy.get(cluster) ?? 0) + 1);
  }
  const byStart = new Map(runs.map((run) => [run.startId, run]));
  return {
    requests: visits.length,
    failed: visits.filter(({ status }) => status !== 200).map(describe),
    unaccounted: served.filter((visit) => !wasRunning(visit, byStart)).map(describe),
    overlapping: overlaps(runs).map((pair) => pair.map(nameOf).join(" while ")),
    clusters: [...answersBy.keys()],
    answersBy,
    longestPauseMs: longestGap(visits.map(({ endedMs }) => endedMs)),
    slowestMs: Math.max(0, ...visits.map(({ startedMs, endedMs }) => endedMs - startedMs)),
  };
}

/** The cluster of an `x-served-by`. */
export function clusterOf(servedBy: string | undefined): string {
  return servedBy?.split("/")[0] ?? "";
}

/** Whether the app that is named ran in the cluster and on the node that are named, some time between question and answer. */
function wasRunning({ servedBy = "", startedMs, endedMs }: Visit, runs: ReadonlyMap<string, AppRun>): boolean {
  const [cluster, node, , startId = ""] = servedBy.split("/");
  const run = runs.get(startId);
  return (
    run !== undefined && run.cluster === cluster && run.node === node && run.fromMs < endedMs && startedMs < run.toMs
  );
}

function longestGap(times: readonly number[]): number {
  return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0);
}

function describe({ status, servedBy, error, startedMs, endedMs }: Visit): string {
  const outcome = error ?? `status ${status} by ${servedBy}`;
  return `${outcome} after ${Math.round(endedMs - startedMs)} ms`;
}

function nameOf({ cluster, node, app, startId }: AppRun): string {
  return `${app} in ${cluster} (${node}, ${startId})`;
}

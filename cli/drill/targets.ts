/** What a drill happens to: which cluster, which of the things that run. Pure. */
import type { Environment } from "../../config";
import { SHARED } from "../../config/names";
import { didYouMean } from "../../config/nearest";
import { UsageError } from "../../deploy/errors";
import type { Unit } from "../../sandbox/cloud/controller";
import type { Resident } from "./statistics";

type Clusters = Pick<Environment, "clusters">;

/**
 * Which clusters a drill can happen to: `any` with users in it, one with a `peer`, another active cluster that takes the same plan, or
 * `none` where it happens to what clusters share.
 */
export type TargetKind = "any" | "peer" | "none";

/**
 * The cluster that is named, or the one with most users of those that fit, the last of several: the first is the default, and the
 * least telling. Throws a {@link UsageError} for one that does not fit.
 */
export function chooseCluster(
  environment: Clusters,
  kind: TargetKind,
  residents: readonly Resident[],
  named: string | undefined,
): string | undefined {
  if (kind === "none") {
    if (named !== undefined) throw new UsageError(`this drill happens to what clusters share; leave "${named}" out`);
    return undefined;
  }
  const users = (cluster: string) => residents.filter((resident) => resident.cluster === cluster).length;
  const known = Object.keys(environment.clusters);
  const fitting = known.filter(
    (name) => users(name) > 0 && (kind === "any" || peerOf(environment, name) !== undefined),
  );
  if (named !== undefined && !known.includes(named)) {
    throw new UsageError(`there is no cluster "${named}"${didYouMean(named, known)}; clusters: ${known.join(", ")}`);
  }
  if (named !== undefined && !fitting.includes(named)) {
    const lacks = users(named) === 0 ? "has no sample user" : "shares its plans with no other active cluster";
    throw new UsageError(`${named} ${lacks}; try ${fitting.join(" or ") || "make sandbox"}`);
  }
  const chosen = named ?? fitting.reduceRight<string | undefined>((best, name) => better(best, name, users), undefined);
  if (chosen === undefined) throw new UsageError("no cluster fits: there are no sample users; run make sandbox");
  return chosen;
}

function better(best: string | undefined, name: string, users: (cluster: string) => number): string {
  return best === undefined || users(name) > users(best) ? name : best;
}

/** Another active cluster that takes a plan of this one's. */
export function peerOf({ clusters }: Clusters, cluster: string): string | undefined {
  const plans = clusters[cluster]?.plans ?? [];
  return Object.keys(clusters).find((name) => {
    const other = clusters[name];
    return (
      name !== cluster && other?.lifecycle === "active" && (other.plans ?? []).some((plan) => plans.includes(plan))
    );
  });
}

/** Where a user of the cluster's can be sent: its peer, else any other active cluster. */
export function elsewhere(environment: Clusters, cluster: string): string | undefined {
  const others = Object.entries(environment.clusters).filter(([name, { lifecycle }]) => {
    return name !== cluster && lifecycle === "active";
  });
  return peerOf(environment, cluster) ?? others[0]?.[0];
}

/** What a kill takes down, out of all that runs. */
export type Selection = (units: readonly Unit[]) => readonly Unit[];

/** All of a failure domain. */
export function ofCluster(cluster: string): Selection {
  return (units) => units.filter(({ failureDomain }) => failureDomain === cluster);
}

const sharedOf =
  (...roles: readonly string[]): Selection =>
  (units) =>
    units.filter(({ failureDomain, role }) => failureDomain === SHARED && roles.includes(role));

/** The control API and its store. */
export const RESOLUTION: Selection = sharedOf("control-api", "database");
export const DATABASE: Selection = sharedOf("database");
const NAME_SERVERS: Selection = sharedOf("dns");

/** One name server as the world sees it: all that answers at its address, which is one region's. */
export const ONE_NAME_SERVER: Selection = (units) => {
  const all = NAME_SERVERS(units);
  const [region] = all.map((unit) => unit.region).sort();
  return all.filter((unit) => unit.region === region);
};

/** Units outside of a failure domain that are not what they were: gone, new, or with other processes. */
export function changedOutside(cluster: string, before: readonly Unit[], after: readonly Unit[]): string[] {
  const outside = (units: readonly Unit[]) =>
    new Map(
      units
        .filter(({ failureDomain, kind }) => failureDomain !== cluster && (kind === "vm" || kind === "pod"))
        .map(({ name, pids }) => [name, [...pids].sort((a, b) => a - b).join()]),
    );
  const [was, is] = [outside(before), outside(after)];
  const names = [...new Set([...was.keys(), ...is.keys()])];
  return names.filter((name) => was.get(name) !== is.get(name)).sort();
}

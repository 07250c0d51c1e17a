/** Which stacks a run covers, and in which order. */
import type { Environment } from "../config";
import { clusterStack, SHARED } from "../config/names";
import { didYouMean } from "../config/nearest";
import type { Operation } from "../preview/report";
import { UsageError } from "./errors";

/** A stack to work on. */
export interface Target {
  /** The cluster's name, or `shared`. */
  readonly domain: string;
  readonly stack: string;
}

export interface Selection {
  /** Clusters by name, or `shared` for the shared stack; empty for all of the environment. */
  readonly names: readonly string[];
  /** False leaves the shared stack out. */
  readonly shared: boolean;
}

/**
 * The stacks in the order of the work. The shared stack refers to the clusters' outputs, so it follows them, and goes
 * before them when everything is destroyed. It goes along with named clusters, because it holds their DNS records, except
 * that destroying clusters never destroys it unasked. Throws a {@link UsageError} for a name that the environment lacks.
 */
export function selectTargets(environment: Environment, operation: Operation, { names, shared }: Selection): Target[] {
  const known = Object.keys(environment.clusters);
  rejectUnknown(environment.name, names, known);
  const sharedNamed = names.includes(SHARED);
  if (sharedNamed && !shared)
    throw new UsageError(`"${SHARED}" is named and left out by --no-shared at once; drop one of the two`);
  const all = names.length === 0;
  const clusters = known
    .filter((cluster) => all || names.includes(cluster))
    .map((cluster) => ({ domain: cluster, stack: clusterStack(environment.name, cluster) }));
  const withShared = shared && (all || sharedNamed || operation !== "destroy");
  const rest = withShared ? [{ domain: SHARED, stack: environment.name }] : [];
  return operation === "destroy" ? [...rest, ...clusters] : [...clusters, ...rest];
}

function rejectUnknown(environment: string, names: readonly string[], clusters: readonly string[]): void {
  const unknown = names.filter((name) => name !== SHARED && !clusters.includes(name));
  if (unknown.length === 0) return;
  const said = unknown.map((name) => `"${name}"${didYouMean(name, [...clusters, SHARED])}`).join(", ");
  throw new UsageError(`environment ${environment} has no cluster ${said}; clusters: ${clusters.join(", ")}`);
}

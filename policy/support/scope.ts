/** What a rule measures resources against: the environment's configuration, and which part of it the stack holds. */
import { readStackEnvironment, ConfigError, type ClusterConfig, type Environment } from "../../config";
import { didYouMean } from "../../config/nearest";
import { parseStackName, SHARED } from "../../config/names";

/** A cluster as a rule sees it. */
export interface ScopedCluster {
  readonly name: string;
  readonly config: ClusterConfig;
}

/** The stack under judgement. */
export interface Scope {
  readonly environment: Environment;
  /** The cluster that the stack holds; undefined for the stack of what the environment shares. */
  readonly cluster?: ScopedCluster;
}

/**
 * The scope of a stack, from its name and the configuration that Pulumi gives it (every key with its value as a string).
 * Throws a {@link ConfigError} when the configuration is not valid or lacks the stack's cluster.
 */
export function scopeOf(stack: string, config: Readonly<Record<string, string>>): Scope {
  const { environment: name, cluster } = parseStackName(stack);
  const environment = readStackEnvironment(name, config);
  if (cluster === undefined) return { environment };
  const found = environment.clusters[cluster];
  if (found !== undefined) return { environment, cluster: { name: cluster, config: found } };
  const known = Object.keys(environment.clusters);
  throw new ConfigError(`stack ${stack}`, [
    {
      path: `clusters.${cluster}`,
      message: `is not in the configuration${didYouMean(cluster, known)}; clusters: ${known.join(", ")}`,
    },
  ]);
}

/** The failure domain that the stack's resources belong to: the cluster's name, or `shared`. */
export function failureDomain(scope: Scope): string {
  return scope.cluster?.name ?? SHARED;
}

/** The Google Cloud project that the stack's resources live in. */
export function projectOf(scope: Scope): string {
  return scope.cluster?.config.project ?? scope.environment.project;
}

/** What a rule measures resources against: the environment's configuration, and which part of it the stack holds. */
import {
  readEnvironmentFile,
  readStackEnvironment,
  ConfigError,
  type ClusterConfig,
  type Environment,
} from "../../config";
import { CONFIG_FILE_VARIABLE, STACK_VARIABLE } from "../../config/handover";
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
  return scopeIn(readStackEnvironment(parseStackName(stack).environment, config), stack);
}

/** The scope of a stack when the command runs it: see config/handover.ts. Undefined when something else does. */
export function handedOverScope(variables: NodeJS.ProcessEnv): Scope | undefined {
  const stack = variables[STACK_VARIABLE];
  const file = variables[CONFIG_FILE_VARIABLE];
  if (stack === undefined || file === undefined) return undefined;
  return scopeIn(readEnvironmentFile(file, parseStackName(stack).environment), stack);
}

function scopeIn(environment: Environment, stack: string): Scope {
  const { cluster } = parseStackName(stack);
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

/** What every part of a cluster needs to know of where it belongs. Plain data, derived once. */
import type { ClusterConfig, Environment } from "../../config";
import { clusterPrefix, resourceName, serviceAccountId, type MachineRole } from "../../config/names";
import { labelsOf } from "../labels";

/** A cluster's place in its environment. */
export interface ClusterScope {
  readonly environment: Environment;
  /** The cluster's name in the configuration. */
  readonly cluster: string;
  readonly config: ClusterConfig;
  /** What the names of its resources begin with. */
  readonly prefix: string;
  /** Google Cloud project that holds it: its own, or the environment's. */
  readonly project: string;
}

/** Derives the scope of a cluster. */
export function scopeOf(environment: Environment, cluster: string, config: ClusterConfig): ClusterScope {
  const project = config.project ?? environment.project;
  return { environment, cluster, config, prefix: clusterPrefix(environment.name, cluster), project };
}

/** The physical name of the cluster's resource with this role. */
export function nameIn(scope: ClusterScope, role: string): string {
  return resourceName(scope.prefix, role);
}

/** The labels of the cluster's resource with this role. */
export function labelsIn({ environment, cluster, config }: ClusterScope, role: string): Record<string, string> {
  return labelsOf({ environment: environment.name, cluster, extra: config.labels ?? {} }, role);
}

/** The email of a service account of the cluster: known before it exists, so that names may depend on it. */
export function emailIn({ prefix, project }: ClusterScope, role: MachineRole): string {
  return `${serviceAccountId(prefix, role)}@${project}.iam.gserviceaccount.com`;
}

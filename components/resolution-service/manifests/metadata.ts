/** Names and labels of the Kubernetes objects. Pure. */
import type { Environment } from "../../../config";
import { labelsOf } from "../../labels";

/** The namespace that holds them all. */
export const NAMESPACE = "resolution";

/** What runs: the control API, and the name servers with their agents. */
export type Workload = "api" | "dns";

/** Names of the workloads' objects. */
export const WORKLOAD_NAMES: Readonly<Record<Workload, string>> = { api: "control-api", dns: "dns" };

/** The Kubernetes service account of a workload. */
export function serviceAccountOf(workload: Workload): string {
  return WORKLOAD_NAMES[workload];
}

/** The metadata of an object. */
export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

/** The labels that select a workload's pods. They never change: selectors cannot. */
export function selectorOf(workload: Workload): Record<string, string> {
  return { "app.kubernetes.io/name": WORKLOAD_NAMES[workload] };
}

/**
 * The labels of an object, of one workload or of the whole service. The release is not among them: it would change every
 * object with each release, and a StatefulSet whose volume claims change must be replaced.
 */
export function objectLabels(environment: Environment, workload?: Workload): Record<string, string> {
  const name = workload === undefined ? NAMESPACE : WORKLOAD_NAMES[workload];
  return {
    ...labelsOf({ environment: environment.name }, name),
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/part-of": "resolution-service",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** The labels of a workload's pods: those of its objects, and the release that runs. */
export function podLabels(environment: Environment, workload: Workload): Record<string, string> {
  return { ...objectLabels(environment, workload), "app.kubernetes.io/version": environment.resolution.release };
}

/** Metadata of an object in the namespace. */
export function metadataOf(environment: Environment, name: string, workload?: Workload): ObjectMetadata {
  return { name, namespace: NAMESPACE, labels: objectLabels(environment, workload) };
}

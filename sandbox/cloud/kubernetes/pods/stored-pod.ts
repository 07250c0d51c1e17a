/** What a pod is, whether or not it runs: kept over restarts of the local cloud. */
import type { z } from "zod";
import type { podTemplate } from "../pod-schema";

export type PodTemplate = z.output<typeof podTemplate>;
export type WorkloadKind = "Deployment" | "StatefulSet";

/** Names a Deployment or StatefulSet. */
export interface WorkloadName {
  /** Host name of the cluster's endpoint. */
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: WorkloadKind;
  readonly workload: string;
}

export interface StoredPod extends WorkloadName {
  readonly name: string;
  readonly gkeCluster: string;
  readonly region: string;
  /** Hash of the template that it was made from. */
  readonly revision: string;
  readonly template: PodTemplate;
  /** Names of the StatefulSet's claim templates. */
  readonly claims: readonly string[];
  /** Of a StatefulSet's pod. */
  readonly ordinal?: number;
  /** In ms since 1970. */
  readonly createdAt: number;
}

export function keyOf({ cluster, namespace, kind, workload }: WorkloadName): string {
  return [cluster, namespace, kind, workload].join(" ");
}

/** The template's labels, and those that controllers add. */
export function podLabels({ kind, name, ordinal, revision, template }: StoredPod): Record<string, string> {
  const { labels } = template.metadata;
  if (kind === "Deployment") return { ...labels, "pod-template-hash": revision };
  return {
    ...labels,
    "statefulset.kubernetes.io/pod-name": name,
    "apps.kubernetes.io/pod-index": String(ordinal),
    "controller-revision-hash": revision,
  };
}

/** Deployments and StatefulSets as they are recorded, understood. Pure, except that it reads records. */
import { z } from "zod";
import type { CloudRecord } from "../../provider/store";
import { object } from "../../provider/values";
import type { Records } from "../controller";
import { KINDS } from "./kinds";
import { admit } from "./pod-security";
import { podPlan, type PodPlan } from "./pods/pod-plan";
import type { PodTemplate, WorkloadName } from "./pods/stored-pod";
import { gkeCluster, nameOf, namespaceLabels, namespaceOf, type GkeCluster } from "./records";
import { accepted, Refusal } from "./refusal";
import { boundsOf, type DeploymentBounds } from "./rollout/deployment";
import { revisionOf } from "./rollout/revision";
import { autoscalerSpec, deploymentSpec, statefulSetSpec, type AutoscalerSpec } from "./workload-schema";

export interface Workload extends WorkloadName {
  readonly gke: GkeCluster;
  readonly desired: number;
  readonly template: PodTemplate;
  readonly plan: PodPlan;
  readonly revision: string;
  readonly minReadySeconds: number;
  /** Of a Deployment. */
  readonly bounds: DeploymentBounds;
  /** Of a StatefulSet. */
  readonly claims: readonly string[];
  readonly retention: ClaimRetention;
}

export interface ClaimRetention {
  readonly whenDeleted: "Retain" | "Delete";
  readonly whenScaled: "Retain" | "Delete";
}

const RETAIN: ClaimRetention = { whenDeleted: "Retain", whenScaled: "Retain" };
/** Type tokens by kind. */
export const WORKLOAD_TYPES = { Deployment: KINDS.deployment, StatefulSet: KINDS.statefulSet } as const;

/** A recorded workload, or why it cannot run here. */
export type Understood =
  | { readonly name: WorkloadName; readonly workload: Workload }
  | { readonly name: WorkloadName; readonly refused: string };

/** All that is recorded in a cluster. */
export function workloadsOf(records: Records, cluster: string): Understood[] {
  return (["Deployment", "StatefulSet"] as const).flatMap((kind) =>
    records.kubernetes(cluster, WORKLOAD_TYPES[kind]).map((record) => understood(records, cluster, kind, record)),
  );
}

/** One of them. */
export function understood(
  records: Records,
  cluster: string,
  kind: WorkloadName["kind"],
  record: CloudRecord,
): Understood {
  const name = { cluster, namespace: namespaceOf(record), kind, workload: nameOf(record) };
  try {
    return { name, workload: workloadOf(records, name, record) };
  } catch (error) {
    if (error instanceof Refusal) return { name, refused: error.message };
    throw error;
  }
}

function workloadOf(records: Records, name: WorkloadName, record: CloudRecord): Workload {
  const gke = gkeCluster(records, name.cluster);
  if (gke === undefined) throw new Refusal(`no GKE cluster with the endpoint ${name.cluster} is recorded`);
  const labels = namespaceLabels(records, name.cluster, name.namespace);
  if (labels === undefined) throw new Refusal(`namespace ${name.namespace} is not recorded in ${gke.name}`);
  const declared = declaredOf(name, record, records);
  const { template, claims } = declared;
  const rawTemplate = object(object(record.inputs.spec).template);
  admit(object(rawTemplate.spec), name.namespace, labels);
  return { ...name, gke, ...declared, plan: podPlan(template.spec, claims), revision: revisionOf(rawTemplate) };
}

function declaredOf(name: WorkloadName, { inputs }: CloudRecord, records: Records) {
  if (name.kind === "Deployment") {
    const { spec } = accepted(z.object({ spec: deploymentSpec }), inputs);
    const { template, minReadySeconds, strategy } = spec;
    const desired = sizeOf(records, name, spec.replicas);
    const bounds = boundsOf(desired, strategy?.rollingUpdate);
    return { desired, template, minReadySeconds, bounds, claims: [], retention: RETAIN };
  }
  refuseNamesake(name, records);
  const { spec } = accepted(z.object({ spec: statefulSetSpec }), inputs);
  const { template, minReadySeconds, persistentVolumeClaimRetentionPolicy: retention } = spec;
  const desired = sizeOf(records, name, spec.replicas);
  const claims = spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);
  return { desired, template, minReadySeconds, bounds: boundsOf(desired), claims, retention };
}

/** Pods are machines of their GKE cluster, by name: those of Deployments differ anyway, those of such StatefulSets would not. */
function refuseNamesake({ cluster, namespace, workload }: WorkloadName, records: Records): void {
  const other = records
    .kubernetes(cluster, KINDS.statefulSet)
    .find((record) => nameOf(record) === workload && namespaceOf(record) !== namespace);
  if (other === undefined) return;
  throw new Refusal(
    `namespace ${namespaceOf(other)} has a StatefulSet ${workload} too, which the sandbox cannot tell apart; rename one`,
  );
}

/** The declared number of replicas, 1 without one, within an autoscaler's bounds where there is one: nothing measures load here. */
function sizeOf(records: Records, { cluster, namespace, kind, workload }: WorkloadName, replicas = 1): number {
  const record = records.kubernetes(cluster, KINDS.autoscaler).find((candidate) => {
    const target = object(object(candidate.inputs.spec).scaleTargetRef);
    return namespaceOf(candidate) === namespace && target.kind === kind && target.name === workload;
  });
  if (record === undefined) return replicas;
  const { minReplicas, maxReplicas } = acceptedAutoscaler(record);
  return Math.min(Math.max(replicas, minReplicas), maxReplicas);
}

/** Throws a Refusal for what is not emulated. */
export function acceptedAutoscaler({ inputs }: CloudRecord): AutoscalerSpec {
  return accepted(z.object({ spec: autoscalerSpec }), inputs).spec;
}

/** What the pods of both workloads have in common. Pure. */
import type { types } from "@pulumi/kubernetes";
import type { Environment } from "../../../config";
import { CONTAINER_USER } from "../../containers";
import { podLabels, selectorOf, serviceAccountOf, type Workload } from "./metadata";

type PodTemplate = types.input.core.v1.PodTemplateSpec;
type PodSpec = types.input.core.v1.PodSpec;
type Container = types.input.core.v1.Container;

/** A pod template: identity, placement and the `restricted` Pod Security Standard around the given containers. */
export function podTemplate(environment: Environment, workload: Workload, spec: PodSpec): PodTemplate {
  return {
    metadata: { labels: podLabels(environment, workload) },
    spec: {
      serviceAccountName: serviceAccountOf(workload),
      // Nothing here calls the Kubernetes API; workload identity does not need the token.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: CONTAINER_USER,
        runAsGroup: CONTAINER_USER,
        fsGroup: CONTAINER_USER,
        // Once, not file by file at each start.
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...spec,
    },
  };
}

/** The security settings of every container. */
export function containerSecurity(): NonNullable<Container["securityContext"]> {
  return {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Spreads a workload over a topology as evenly as `whenUnsatisfiable` insists on. */
export function spreadOver(
  workload: Workload,
  topologyKey: "topology.kubernetes.io/zone" | "kubernetes.io/hostname",
  whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway",
): types.input.core.v1.TopologySpreadConstraint {
  return { maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector: { matchLabels: selectorOf(workload) } };
}

/** `<registry>/<image>:<release>` of the service's release. */
export function serviceImage(
  { images, resolution }: Environment,
  image: "control-api" | "knot" | "node-agent",
): string {
  return `${images.registry}/${image}:${resolution.release}`;
}

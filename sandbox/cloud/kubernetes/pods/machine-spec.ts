/** What a pod is as a machine. Pure. */
import { join } from "node:path";
import type { ContainerSpec, MachineSpec } from "../../machine";
import type { ContainerPlan, PodPlan } from "./pod-plan";
import { environmentOf, expand, type PodFields } from "./variables";

/**
 * Seconds from a container's end to its start, doubled by machines with each further one. The kubelet starts it again at once the
 * first time and then after 10 s; a sandbox, in which everything starts at the same time, is not to wait for that.
 */
const RESTART_SECONDS = 1;

/** Label whose value is a pod's role. */
export const ROLE_LABEL = "app.kubernetes.io/name";

/** One pod of a plan. */
export interface PodIdentity {
  /** Name of the GKE cluster. */
  readonly gkeCluster: string;
  readonly region: string;
  readonly namespace: string;
  readonly name: string;
  /** Name of the Deployment or StatefulSet. */
  readonly workload: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  /** Email of the service account that it runs as; empty: none. */
  readonly serviceAccount: string;
}

/** Unique name of a pod as a machine; pods of several namespaces that share a cluster must not share a name. */
export function machineName({ gkeCluster, name }: Pick<PodIdentity, "gkeCluster" | "name">): string {
  return `${gkeCluster}/${name}`;
}

/** @param folders absolute path of each volume's folder by the volume's name. */
export function machineSpec(plan: PodPlan, pod: PodIdentity, folders: Readonly<Record<string, string>>): MachineSpec {
  const fields = { "metadata.name": pod.name, "metadata.namespace": pod.namespace };
  // A machine ends its containers in this order, each before the next: those that sidecars serve, then the sidecars backwards.
  const ending = [
    ...plan.containers.filter(({ sidecar }) => !sidecar),
    ...plan.containers.filter(({ sidecar }) => sidecar).reverse(),
  ];
  return {
    name: machineName(pod),
    hostname: pod.name,
    kind: "pod",
    failureDomain: "shared",
    role: pod.labels[ROLE_LABEL] ?? pod.workload,
    region: pod.region,
    address: pod.address,
    serviceAccount: pod.serviceAccount,
    containers: ending.map((container) => containerSpec(container, plan, fields, folders)),
  };
}

function containerSpec(
  container: ContainerPlan,
  { stopSeconds }: PodPlan,
  fields: PodFields,
  folders: Readonly<Record<string, string>>,
): ContainerSpec {
  const environment = environmentOf(container.env, fields);
  return {
    name: container.name,
    image: container.image,
    args: container.args.map((arg) => expand(arg, environment)),
    environment,
    mounts: Object.fromEntries(
      container.mounts.map(({ path, volume, subPath }) => [path, join(folders[volume]!, subPath)]),
    ),
    stopTimeoutSeconds: stopSeconds,
    restartSeconds: RESTART_SECONDS,
  };
}

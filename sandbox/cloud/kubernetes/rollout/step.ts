/** The next step of a workload of either kind: which pods to make and which to end. Pure, except for pods' random names. */
import type { StoredPod } from "../pods/stored-pod";
import type { Workload } from "../workload";
import { nextStep as nextOfDeployment } from "./deployment";
import { deploymentPodName } from "./revision";
import { nextStep as nextOfStatefulSet } from "./stateful-set";

/** A pod as far as a step depends on it. */
export interface RolloutPod {
  readonly stored: StoredPod;
  /** In ms since 1970; undefined while it is not ready. */
  readonly readySince: number | undefined;
  readonly terminating: boolean;
}

export interface Step<Pod> {
  readonly create: readonly NewPod[];
  readonly end: readonly Pod[];
  /** When the next step may be possible although nothing has changed until then: a pod will have been ready for long enough. */
  readonly nextLookAt?: number;
}

export interface NewPod {
  readonly name: string;
  readonly ordinal?: number;
}

/** @param now in ms since 1970. */
export function stepOf<Pod extends RolloutPod>(workload: Workload, pods: readonly Pod[], now: number): Step<Pod> {
  const availableAt = ({ readySince }: Pod) =>
    readySince === undefined ? Infinity : readySince + workload.minReadySeconds * 1000;
  const views = pods.map((pod) => ({
    name: pod.stored.name,
    ordinal: pod.stored.ordinal ?? 0,
    createdAt: pod.stored.createdAt,
    updated: pod.stored.revision === workload.revision,
    available: availableAt(pod) <= now,
    terminating: pod.terminating,
  }));
  const later = pods.map(availableAt).filter((at) => at > now && at < Infinity);
  const nextLook = later.length === 0 ? {} : { nextLookAt: Math.min(...later) };
  if (workload.kind === "StatefulSet") {
    const { create, end } = nextOfStatefulSet(views, workload.desired);
    return {
      create: create.map((ordinal) => ({ name: `${workload.workload}-${ordinal}`, ordinal })),
      end: pods.filter(({ stored }) => end.includes(stored.ordinal ?? 0)),
      ...nextLook,
    };
  }
  const { create, end } = nextOfDeployment(
    views.filter(({ terminating }) => !terminating),
    workload.bounds,
  );
  return {
    create: Array.from({ length: create }, () => ({ name: deploymentPodName(workload.workload, workload.revision) })),
    end: pods.filter(({ stored }) => end.includes(stored.name)),
    ...nextLook,
  };
}

/** A pod that a step makes. */
export function storedPod(workload: Workload, pod: NewPod, now: number): StoredPod {
  const { cluster, namespace, kind, gke, revision, template, claims } = workload;
  return {
    ...{ cluster, namespace, kind, workload: workload.workload, revision, template, claims },
    ...pod,
    gkeCluster: gke.name,
    region: gke.region,
    createdAt: now,
  };
}

/** The next step of a StatefulSet: which ordinals to make and which to end. Pure. */

/** A pod as far as a step depends on it. */
export interface StatefulSetPod {
  readonly ordinal: number;
  /** Whether it is of the declared template. */
  readonly updated: boolean;
  /** Ready, for `minReadySeconds` already. */
  readonly available: boolean;
  /** Whether it has been asked to go. Its ordinal is taken until it has gone. */
  readonly terminating: boolean;
}

/** Ordinals. */
export interface StatefulSetStep {
  readonly create: readonly number[];
  readonly end: readonly number[];
}

/**
 * Makes all missing pods and ends those beyond the desired number at once, as `podManagementPolicy: Parallel` has it. Pods of another
 * template are replaced one after the other, from the highest ordinal down, each once those above it are available.
 */
export function nextStep(pods: readonly StatefulSetPod[], desired: number): StatefulSetStep {
  const at = new Map(pods.map((pod) => [pod.ordinal, pod]));
  const ordinals = Array.from({ length: desired }, (_, ordinal) => ordinal);
  const create = ordinals.filter((ordinal) => !at.has(ordinal));
  const beyond = pods.filter(({ ordinal, terminating }) => ordinal >= desired && !terminating);
  const outdated = create.length > 0 ? undefined : nextOutdated(ordinals.map((ordinal) => at.get(ordinal)!));
  return { create, end: [...beyond.map(({ ordinal }) => ordinal), ...(outdated === undefined ? [] : [outdated])] };
}

/** The highest ordinal that is not updated, if all above it are well. */
function nextOutdated(pods: readonly StatefulSetPod[]): number | undefined {
  const unsettled = [...pods].reverse().find((pod) => !pod.updated || !pod.available || pod.terminating);
  return unsettled === undefined || unsettled.updated || unsettled.terminating ? undefined : unsettled.ordinal;
}

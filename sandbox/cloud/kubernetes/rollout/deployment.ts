/** The next step of a Deployment: which pods to make and which to end. Pure. */

/** A pod as far as a step depends on it; pods that have been asked to go are none. */
export interface DeploymentPod {
  readonly name: string;
  /** Whether it is of the declared template. */
  readonly updated: boolean;
  /** Ready, for `minReadySeconds` already. */
  readonly available: boolean;
  readonly createdAt: number;
}

/** Numbers of pods. */
export interface DeploymentBounds {
  readonly desired: number;
  /** How many more than desired there may be during an update. */
  readonly maxSurge: number;
  /** How many fewer than desired may be available during an update. */
  readonly maxUnavailable: number;
}

export interface DeploymentStep {
  /** How many pods of the declared template to make. */
  readonly create: number;
  /** Names of those to end. */
  readonly end: readonly string[];
}

/**
 * Makes what is missing of the declared template within the surge, and ends others as far as enough are available without
 * them. Old pods that are not available go first: nobody misses them. They do not all go at once, though: as long as new ones
 * are not available either, they may be what comes back.
 */
export function nextStep(pods: readonly DeploymentPod[], bounds: DeploymentBounds): DeploymentStep {
  const { desired, maxSurge, maxUnavailable } = bounds;
  const surplus = leastUsefulFirst(pods.filter(({ updated }) => updated)).slice(
    0,
    Math.max(0, updatedOf(pods) - desired),
  );
  const kept = pods.filter((pod) => !surplus.includes(pod));
  const least = desired - maxUnavailable;
  const unavailableNew = kept.filter(({ updated, available }) => updated && !available).length;
  const mayGo = Math.max(0, kept.length - least - unavailableNew);
  const spare = Math.max(0, kept.filter(({ available }) => available).length - least);
  const old = leastUsefulFirst(kept.filter(({ updated }) => !updated));
  const useless = old.filter(({ available }) => !available).slice(0, mayGo);
  const useful = old.filter(({ available }) => available).slice(0, Math.min(spare, mayGo - useless.length));
  const create = Math.max(0, Math.min(desired - updatedOf(kept), desired + maxSurge - kept.length));
  return { create, end: [...surplus, ...useless, ...useful].map(({ name }) => name) };
}

/** Bounds as Kubernetes makes them of numbers and percentages, of which a quarter is the default. */
export function boundsOf(
  desired: number,
  {
    maxSurge = "25%",
    maxUnavailable = "25%",
  }: { maxSurge?: number | string | undefined; maxUnavailable?: number | string | undefined } = {},
): DeploymentBounds {
  const surge = amount(maxSurge, desired, Math.ceil);
  const unavailable = amount(maxUnavailable, desired, Math.floor);
  // With neither nothing could ever be replaced.
  return { desired, maxSurge: surge, maxUnavailable: surge + unavailable === 0 ? 1 : Math.min(unavailable, desired) };
}

function amount(value: number | string, of: number, round: (amount: number) => number): number {
  return typeof value === "number" ? value : round((Number.parseInt(value, 10) * of) / 100);
}

function updatedOf(pods: readonly DeploymentPod[]): number {
  return pods.filter(({ updated }) => updated).length;
}

function leastUsefulFirst(pods: readonly DeploymentPod[]): DeploymentPod[] {
  return [...pods].sort((a, b) => Number(a.available) - Number(b.available) || b.createdAt - a.createdAt);
}

/** What a series of probes says about an instance. Pure. */
import type { HealthCheck } from "./health-check";

/** The result of one probe: undefined for success, or why it failed. */
export type ProbeResult = string | undefined;

export interface Health {
  /** `starting` until the first verdict. */
  readonly verdict: "starting" | "healthy" | "unhealthy";
  /** Successes or failures in a row. */
  readonly successes: number;
  readonly failures: number;
  /** Why the last probe failed; undefined if it did not. */
  readonly trouble: string | undefined;
  /** Whether any probe has succeeded. */
  readonly hasAnswered: boolean;
}

export const UNPROBED: Health = {
  verdict: "starting",
  successes: 0,
  failures: 0,
  trouble: undefined,
  hasAnswered: false,
};

/** The health after one more probe. */
export function observe(health: Health, trouble: ProbeResult, check: HealthCheck): Health {
  const successes = trouble === undefined ? health.successes + 1 : 0;
  const failures = trouble === undefined ? 0 : health.failures + 1;
  const verdict =
    successes >= check.healthyThreshold
      ? "healthy"
      : failures >= check.unhealthyThreshold
        ? "unhealthy"
        : health.verdict;
  return { verdict, successes, failures, trouble, hasAnswered: health.hasAnswered || trouble === undefined };
}

const EAGER_SECONDS = 1;

/** Seconds until the next probe: one until the first success, so that a sandbox starts fast; then as declared. */
export function pauseAfter({ hasAnswered }: Health, { intervalSeconds }: HealthCheck): number {
  return hasAnswered ? intervalSeconds : Math.min(EAGER_SECONDS, intervalSeconds);
}

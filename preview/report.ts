/** What one run of the command did to each stack of an environment: what tables, Markdown and JSON are made of. */
import type { Digest } from "./digest";

export type Operation = "preview" | "up" | "refresh" | "destroy";

/**
 * How it went for one stack.
 * - `succeeded`
 * - `failed`: the engine, the program or a provider failed
 * - `violation`: a mandatory policy is broken
 * - `cancelled`: interrupted
 * - `skipped`: not begun, because of an earlier stack
 */
export type Outcome = "succeeded" | "failed" | "violation" | "cancelled" | "skipped";

export interface StackReport {
  /** Name of the stack, such as `prod.free`. */
  readonly stack: string;
  /** Name of the failure domain: the cluster's, or `shared`. */
  readonly domain: string;
  readonly outcome: Outcome;
  /** Wall time in seconds. */
  readonly seconds: number;
  readonly digest: Digest;
}

export interface Report {
  readonly environment: string;
  readonly operation: Operation;
  /** In the order in which they were to run. */
  readonly stacks: readonly StackReport[];
}

/** The worst outcome of the stacks decides; `skipped` counts for nothing by itself. */
export function overallOutcome({ stacks }: Pick<Report, "stacks">): Exclude<Outcome, "skipped"> {
  const outcomes = new Set(stacks.map(({ outcome }) => outcome));
  for (const outcome of ["cancelled", "failed", "violation"] as const) if (outcomes.has(outcome)) return outcome;
  return "succeeded";
}

/** The benchmarks of the resolution service, one after another: each starts a service of its own. */
import type { Result } from "../result";
import { coldStart } from "./cold-start";
import { evacuation } from "./evacuation";
import { publishLatency } from "./publish-latency";
import { resolveRate } from "./resolve";
import type { Progress } from "./workbench";

export interface ServiceSizes {
  /** Users with a record of their own in DNS. */
  readonly moved: number;
  /** Users of one evacuation. */
  readonly users: number;
}

type Benchmark = (sizes: ServiceSizes, rounds: number, progress: Progress) => Promise<Result>;

/** By the name that `--part` takes. */
export const SERVICE_PARTS = {
  evacuation: ({ moved, users }, rounds, progress) => evacuation(moved, users, rounds, progress),
  latency: ({ moved }, _rounds, progress) => publishLatency(moved, progress),
  "cold-start": ({ moved }, rounds, progress) => coldStart(moved, rounds, progress),
  resolve: ({ moved }, rounds, progress) => resolveRate(moved, rounds, progress),
} as const satisfies Record<string, Benchmark>;
export type ServicePart = keyof typeof SERVICE_PARTS;

export async function resolutionService(
  parts: readonly ServicePart[],
  sizes: ServiceSizes,
  rounds: number,
  progress: Progress,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const part of parts) results.push(await SERVICE_PARTS[part](sizes, rounds, progress));
  return results;
}

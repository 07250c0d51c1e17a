/** The benchmarks of the resolution service. */
import type { Result } from "../result";
import { coldStart } from "./cold-start";
import { dnsRate } from "./dns";
import { evacuation } from "./evacuation";
import { feedFanout } from "./feed-fanout";
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

/** By the name that `--only` takes. */
const BENCHMARKS = {
  dns: ({ moved, users }, rounds, progress) => dnsRate(moved, users, rounds, progress),
  latency: ({ moved }, rounds, progress) => publishLatency(moved, rounds, progress),
  evacuation: ({ moved, users }, rounds, progress) => evacuation(moved, users, rounds, progress),
  "cold-start": ({ moved }, rounds, progress) => coldStart(moved, rounds, progress),
  resolve: ({ moved }, rounds, progress) => resolveRate(moved, rounds, progress),
  fanout: (_sizes, rounds, progress) => feedFanout(rounds, progress),
} as const satisfies Record<string, Benchmark>;
export type ServicePart = keyof typeof BENCHMARKS;
export const SERVICE_PARTS = Object.keys(BENCHMARKS) as readonly ServicePart[];

/** Runs one of them, with a service of its own that is gone in the end. */
export async function benchmarkService(
  part: ServicePart,
  sizes: ServiceSizes,
  rounds: number,
  progress: Progress,
): Promise<Result> {
  return await BENCHMARKS[part](sizes, rounds, progress);
}

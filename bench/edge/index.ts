/** The benchmarks of the edge. */
import type { Result } from "../result";
import { edgeTombstoneLatency, edgeTombstones } from "./changes";
import { edgeNeighbour } from "./neighbour";
import { edgeMaps, edgeRate, type Progress } from "./rate";
import { edgeTombstone } from "./tombstone";
import { edgeWebSocket } from "./web-socket";

export interface EdgeSizes {
  /** Entries of each map. */
  readonly entries: number;
  /** Users who move at once. */
  readonly users: number;
  /** Of load, in each measurement. */
  readonly seconds: number;
}

type Benchmark = (sizes: EdgeSizes, rounds: number, progress: Progress) => Promise<Result>;

/** By the name that `--only` takes. */
const BENCHMARKS = {
  "edge-rate": ({ seconds }, rounds, progress) => edgeRate(seconds, rounds, progress),
  "edge-tombstone": ({ seconds }, rounds, progress) => edgeTombstone(seconds, rounds, progress),
  "edge-maps": ({ entries, seconds }, rounds, progress) => edgeMaps(entries, seconds, rounds, progress),
  "edge-latency": (_sizes, rounds, progress) => edgeTombstoneLatency(rounds, progress),
  "edge-tombstones": ({ users }, rounds, progress) => edgeTombstones(users, rounds, progress),
  "edge-websocket": (_sizes, rounds, progress) => edgeWebSocket(rounds, progress),
  "edge-neighbour": ({ seconds }, rounds, progress) => edgeNeighbour(seconds, rounds, progress),
} as const satisfies Record<string, Benchmark>;
export type EdgePart = keyof typeof BENCHMARKS;
export const EDGE_PARTS = Object.keys(BENCHMARKS) as readonly EdgePart[];

/** Runs one of them, with processes of its own that are gone in the end. */
export async function benchmarkEdge(
  part: EdgePart,
  sizes: EdgeSizes,
  rounds: number,
  progress: Progress,
): Promise<Result> {
  return await BENCHMARKS[part](sizes, rounds, progress);
}

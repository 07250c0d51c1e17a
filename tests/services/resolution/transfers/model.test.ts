/**
 * The invariants of transfers (docs/transfers.md), held against the real machine and driver in ten thousand lives of a world in
 * memory, other ones in each run. A counterexample is printed shrunk, with its seed and path; to see it again, run this file with
 * MODEL_SEED=<seed> MODEL_PATH=<path>, and `-t` the name of the test that failed.
 */
import fc from "fast-check";
import type { Mode } from "../../../../services/contracts/transfers";
import { lives } from "./model/run";

/** A life takes a few milliseconds. */
const TIMEOUT_MS = 300_000;

const { MODEL_SEED: seed, MODEL_PATH: path } = process.env;
const replay = { ...(seed !== undefined && { seed: Number(seed) }), ...(path !== undefined && { path }) };

describe("in every life of a world that loses messages, connections, processes and machines", () => {
  const cases: [string, readonly Mode[], number][] = [
    ["planned transfers", ["planned"], 5_000],
    ["emergencies", ["emergency"], 1_500],
    ["planned transfers and emergencies together", ["planned", "emergency"], 3_500],
  ];
  it.each(cases)(
    "%s keep all invariants after every step",
    async (_, modes, numRuns) => {
      await fc.assert(lives(modes), { ...replay, numRuns });
    },
    TIMEOUT_MS,
  );
});

/** Mistakes that are planted to see whether lives expose them. */
import fc from "fast-check";
import type { Mode } from "../../../../../services/contracts/transfers";
import { lives } from "./run";

export interface Mistake {
  /** What it breaks first. */
  readonly caught: RegExp;
  /** Planned transfers only, unless it says otherwise. */
  readonly modes?: readonly Mode[];
}

/** Lives that are tried, always the same ones. Most mistakes show in one of ten, the rarest in one of two thousand. */
const LIVES = 10_000;
const SEED = 4;
export const TIMEOUT_MS = 120_000;

/** Fails unless a life is found in which the mistake that is planted now breaks what it should. */
export async function expectCaught({ caught, modes = ["planned"] }: Mistake): Promise<void> {
  const found = await fc.check(lives(modes), { numRuns: LIVES, seed: SEED, endOnFailure: true });
  expect(found.failed).toBe(true);
  expect(String(found.errorInstance)).toMatch(caught);
}

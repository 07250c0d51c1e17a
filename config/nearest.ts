import { closest, distance } from "fastest-levenshtein";

/**
 * The candidate that a misspelt word most likely meant, or undefined when none is close: at most a third of the word
 * may differ, and at least one letter may.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const best = closest(word, candidates);
  return distance(word, best) <= Math.max(1, Math.floor(word.length / 3)) ? best : undefined;
}

/** ` (did you mean "x"?)`, or nothing: the tail of an error about an unknown word. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const best = nearest(word, candidates);
  return best === undefined ? "" : ` (did you mean "${best}"?)`;
}

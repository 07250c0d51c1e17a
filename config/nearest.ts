import { closest, distance } from "fastest-levenshtein";

/**
 * The candidate that a misspelt word most likely meant, or undefined when none is close: at most a third of the word
 * may differ, and at least one letter may; two from four letters on, because two swapped letters count as two. A candidate that the word begins comes first.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const begun = word.length < 3 ? undefined : candidates.find((candidate) => candidate.startsWith(word));
  if (begun !== undefined) return begun;
  const best = closest(word, candidates);
  const allowed = Math.max(word.length < 4 ? 1 : 2, Math.floor(word.length / 3));
  return distance(word, best) <= allowed ? best : undefined;
}

/** `did you mean x?`, or `remove it`: the remedy for a word that nobody knows. */
export function remedyForUnknown(word: string, candidates: readonly string[]): string {
  const best = nearest(word, candidates);
  return best === undefined ? "remove it" : `did you mean ${best}?`;
}

/** ` (did you mean "x"?)`, or nothing: the tail of an error about an unknown word. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const best = nearest(word, candidates);
  return best === undefined ? "" : ` (did you mean "${best}"?)`;
}

/** How long to stay away after a failure. Pure but for the dice. */

/** Bounds of the wait, in milliseconds. */
export interface Backoff {
  /** Upper bound of the first wait; each further failure in a row doubles it. */
  readonly baseMs: number;
  /** Upper bound of any wait. */
  readonly maxMs: number;
}

/**
 * Wait after the `failures`th failure in a row: anything from zero to the bound, because a thousand nodes that lost one server
 * must not come back to the next one at once. No failure, no wait.
 */
export function backoffMs(failures: number, { baseMs, maxMs }: Backoff, random: () => number = Math.random): number {
  if (failures <= 0) return 0;
  return random() * Math.min(maxMs, baseMs * 2 ** (failures - 1));
}

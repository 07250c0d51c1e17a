/** Summaries that a noisy machine does not distort: medians, and ratios of runs that were measured side by side. */

/** The middle value; the mean of the middle two for an even count. Throws a RangeError for no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError("no values to take the median of");
  return (lower + upper) / 2;
}

/** Median of the ratios of each pair, so that a drift of the machine's speed falls out. */
export function pairedRatio(numerators: readonly number[], denominators: readonly number[]): number {
  return median(numerators.map((value, index) => value / (denominators[index] ?? NaN)));
}

/** The value below which the given share of all lies, such as 0.99; the largest where there are too few to tell. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(Math.ceil(sorted.length * share), sorted.length) - 1];
  if (value === undefined) throw new RangeError("no values to take a percentile of");
  return value;
}

/** What a benchmark tells: measured values side by side, and the ratio that the project promises. */

export interface Row {
  /** What was compared. */
  readonly what: string;
  /** The measured thing and what it is held against, each with its unit. */
  readonly measured: string;
  readonly against: string;
  readonly ratio: number;
  /** The ratio that the project promises at most; undefined for a row that only informs. */
  readonly limit?: number;
}

export interface Result {
  readonly name: string;
  readonly rounds: number;
  readonly rows: readonly Row[];
}

/** The rows of all results as a Markdown table. */
export function table(results: readonly Result[]): string {
  const head = ["benchmark", "what", "measured", "against", "ratio", "at most"];
  const body = results.flatMap(({ name, rows }) =>
    rows.map(({ what, measured, against, ratio, limit }) => [
      name,
      what,
      measured,
      against,
      ratio.toFixed(2),
      limit === undefined ? "" : limit.toFixed(2),
    ]),
  );
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

export function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

export function megabytes(value: number): string {
  return `${Math.round(value)} MB`;
}

/** What a benchmark tells: measured values side by side, and the ratio that the project promises. */

export interface Row {
  /** What was compared. */
  readonly what: string;
  /** The measured thing and what it is held against, each with its unit. */
  readonly measured: string;
  readonly against: string;
  readonly ratio: number;
  /** The ratio that the project promises at most; neither this nor `floor` for a row that only informs. */
  readonly limit?: number;
  /** The ratio that it promises at least. */
  readonly floor?: number;
}

export interface Result {
  readonly name: string;
  readonly rounds: number;
  /** Rounds beside these that were disturbed and repeated. Default 0. */
  readonly dropped?: number;
  readonly rows: readonly Row[];
}

/** The rows of all results as a Markdown table. */
export function table(results: readonly Result[]): string {
  const head = ["benchmark", "what", "measured", "against", "ratio", "promised"];
  const body = results.flatMap(({ name, rows }) =>
    rows.map((row) => [name, row.what, row.measured, row.against, row.ratio.toFixed(2), promise(row)]),
  );
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const dropped = results.filter((result) => (result.dropped ?? 0) > 0).map(droppedRounds);
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line), ...dropped].join("\n");
}

function droppedRounds({ name, dropped = 0, rounds }: Result): string {
  return `\n${name}: ${dropped} rounds beside these ${rounds} were disturbed and repeated.`;
}

function promise({ limit, floor }: Row): string {
  if (limit !== undefined) return `at most ${limit.toFixed(2)}`;
  return floor === undefined ? "" : `at least ${floor.toFixed(2)}`;
}

export function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

export function megabytes(value: number): string {
  return `${Math.round(value)} MB`;
}

export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

export function perSecond(value: number): string {
  return `${Math.round(value).toLocaleString("en")}/s`;
}

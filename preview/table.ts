/** The summary per failure domain, as text columns. */
import { changeKinds, type ChangeKind } from "./digest";
import type { Report, StackReport } from "./report";

/** How words are set off. A terminal gives colours; everywhere else text stays as it is. */
export type Paint = (style: Style, text: string) => string;
export type Style = "good" | "bad" | "warn" | "strong" | "dim" | ChangeKind;
export const plain: Paint = (_style, text) => text;

interface Cell {
  readonly text: string;
  readonly style?: Style;
  readonly right?: boolean;
}

/** One line per failure domain and a total: `free  12  0  0  0  40  succeeded  3.1 s`. */
export function summaryTable({ stacks }: Pick<Report, "stacks">, paint: Paint = plain): string {
  const header = ["failure domain", ...changeKinds, "", "time"].map((text, column): Cell => {
    return { text, style: "strong", right: isNumber(column) };
  });
  const rows = [header, ...stacks.map(summaryRow), ...(stacks.length > 1 ? [totalRow(stacks)] : [])];
  return layOut(rows, paint);
}

/** Columns of equal width from rows of text. */
export function columns(rows: readonly (readonly string[])[], paint: Paint = plain): string {
  return layOut(
    rows.map((row, index) => row.map((text): Cell => (index === 0 ? { text, style: "strong" } : { text }))),
    paint,
  );
}

/** `4.2 s`, `3 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function isNumber(column: number): boolean {
  return (column >= 1 && column <= changeKinds.length) || column === changeKinds.length + 2;
}

function summaryRow({ domain, outcome, seconds, digest }: StackReport): Cell[] {
  const counts = changeKinds.map((kind) => countCell(kind, digest.counts[kind]));
  const style = outcome === "succeeded" ? "good" : outcome === "skipped" ? "dim" : "bad";
  const time = outcome === "skipped" ? "" : duration(seconds);
  return [{ text: domain }, ...counts, { text: outcome, style }, { text: time, right: true }];
}

function countCell(kind: ChangeKind, count: number): Cell {
  return { text: String(count), style: count === 0 ? "dim" : kind, right: true };
}

function totalRow(stacks: readonly StackReport[]): Cell[] {
  const totals = changeKinds.map((kind) => stacks.reduce((sum, { digest }) => sum + digest.counts[kind], 0));
  return [
    { text: "total", style: "strong" },
    ...totals.map((n): Cell => ({ text: String(n), style: "strong", right: true })),
  ];
}

function layOut(rows: readonly (readonly Cell[])[], paint: Paint): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach(({ text }, column) => (widths[column] = Math.max(widths[column] ?? 0, text.length)));
  const line = (row: readonly Cell[]): string =>
    row
      .map(({ text, style, right }, column) => {
        const width = widths[column] ?? 0;
        const padded = right === true ? text.padStart(width) : text.padEnd(width);
        return style === undefined ? padded : paint(style, padded);
      })
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

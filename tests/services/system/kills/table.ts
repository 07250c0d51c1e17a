/** The kill table as text, and whether it is as promised. Pure. */
import type { KillResult } from "./kill";

const INVARIANTS = ["I1", "I2", "I3", "I4", "I5"] as const;
const HEAD = [
  "kill -9 of",
  "in phase",
  "transfer",
  "away",
  "finished after",
  "requests",
  "longest",
  "DNS questions",
  "by the other",
  "failed",
  "invariants",
  "faults",
];

/** As Markdown, a row per kill. */
export function killTable(results: readonly KillResult[]): string {
  const rows = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [HEAD, widths.map((width) => "-".repeat(width)), ...rows.slice(1)];
  return lines
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |\n`)
    .join("");
}

/** Every fault with its row, one per line; nothing for a table that is as promised. */
export function faultsOf(results: readonly KillResult[]): string {
  return results
    .flatMap(({ victim, phase, faults }) => faults.map((fault) => `kill -9 of ${victim} in ${phase}: ${fault}\n`))
    .join("");
}

function cells(result: KillResult): string[] {
  const broken = INVARIANTS.filter((invariant) => result.faults.some((fault) => fault.startsWith(invariant)));
  return [
    result.victim,
    result.phase,
    result.outcome,
    seconds(result.downMs),
    seconds(result.finishMs),
    String(result.requests),
    seconds(result.longestMs),
    String(result.questions),
    String(result.answeredByAnother),
    String(result.unanswered),
    broken.length === 0 ? "I1-I5 hold" : `${broken.join()} broken`,
    String(result.faults.length),
  ];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

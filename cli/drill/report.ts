/** What came of a drill, as tables and as JSON. Pure. */
import { columns, plain, type Paint } from "../../preview/table";
import type { Check } from "./expectation";
import type { Group } from "./statistics";

export interface DrillReport {
  readonly drill: string;
  readonly cluster?: string;
  readonly summary: string;
  readonly seconds: number;
  readonly groups: readonly Group[];
  readonly checks: readonly Check[];
  /** Why requests failed, most frequent first. */
  readonly reasons: readonly string[];
  /** What came in between, in words: it could not be carried out, or put right again. */
  readonly trouble: readonly string[];
}

export function hasPassed({ checks, trouble }: DrillReport): boolean {
  return trouble.length === 0 && checks.length > 0 && checks.every(({ passed }) => passed);
}

export function drillText(report: DrillReport, paint: Paint = plain): string {
  const { reasons, trouble } = report;
  const passed = hasPassed(report);
  const parts = [
    `${titleOf(report)}: ${report.summary}`,
    groupTable(report.groups, paint),
    ...(reasons.length === 0 ? [] : [`failures:\n${reasons.map((reason) => `  ${reason}`).join("\n")}`]),
    checkTable(report.checks, paint),
    ...(trouble.length === 0 ? [] : [trouble.map((text) => paint("bad", text)).join("\n")]),
    paint(
      passed ? "good" : "bad",
      `${titleOf(report)} ${passed ? "passed" : "FAILED"} in ${report.seconds.toFixed(0)} s`,
    ),
  ];
  return parts.join("\n\n");
}

/** One line per drill, for several. */
export function summaryOf(reports: readonly DrillReport[], paint: Paint = plain): string {
  const rows = reports.map((report) => {
    const requests = report.groups.reduce((sum, group) => sum + group.requests, 0);
    const failed = report.groups.reduce((sum, group) => sum + group.failed, 0);
    const outcome = hasPassed(report) ? "passed" : "FAILED";
    return [titleOf(report), String(requests), String(failed), `${report.seconds.toFixed(0)} s`, outcome];
  });
  const [header = "", ...lines] = columns([["drill", "requests", "failed", "time", ""], ...rows], paint).split("\n");
  const painted = lines.map((line, index) => paint(isGood(reports[index]) ? "good" : "bad", line));
  return [header, ...painted].join("\n");
}

export function drillJson(report: DrillReport): object {
  const { drill, cluster, seconds, groups, checks, reasons, trouble } = report;
  return { drill, cluster, passed: hasPassed(report), seconds, clusters: groups, checks, reasons, trouble };
}

function isGood(report: DrillReport | undefined): boolean {
  return report !== undefined && hasPassed(report);
}

function titleOf({ drill, cluster }: DrillReport): string {
  return cluster === undefined ? drill : `${drill} ${cluster}`;
}

function groupTable(groups: readonly Group[], paint: Paint): string {
  const header = [
    ...["users of", "users", "requests", "failed", "users who notice", "WebSockets cut"],
    ...["detected after", "recovered after", "slowest answer"],
  ];
  const rows = groups.map(({ cluster, users, requests, failed, noticing, cut, ...times }) => [
    cluster,
    ...[users, requests, failed, noticing.length, cut].map(String),
    seconds(times.detectedMs),
    seconds(times.recoveredMs),
    seconds(times.slowestMs),
  ]);
  return columns([header, ...rows], paint);
}

function checkTable(checks: readonly Check[], paint: Paint): string {
  const rows = checks.map(({ what, expected, measured, passed }) => [
    what,
    expected,
    measured,
    passed ? "ok" : "FAILED",
  ]);
  const [header = "", ...lines] = columns([["expectation", "expected", "measured", ""], ...rows], paint).split("\n");
  return [header, ...lines.map((line, index) => paint(checks[index]?.passed === true ? "good" : "bad", line))].join(
    "\n",
  );
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "-" : `${(ms / 1000).toFixed(1)} s`;
}

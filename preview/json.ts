/** A report as data for programs. Field names are an interface: add, never rename. */
import { overallOutcome, type Report } from "./report";

/** The object that `--json` prints. Durations are in seconds. */
export function reportJson(report: Report): Record<string, unknown> {
  return {
    environment: report.environment,
    operation: report.operation,
    outcome: overallOutcome(report),
    stacks: report.stacks.map(({ stack, domain, outcome, seconds, digest }) => ({
      stack,
      domain,
      outcome,
      seconds: Number(seconds.toFixed(3)),
      counts: digest.counts,
      changes: digest.changes,
      violations: digest.violations,
      diagnostics: digest.diagnostics,
    })),
  };
}

/**
 * `make kill-table`: kills each part of the resolution service in each phase of a transfer and prints what became of it. Exits
 * with 1 when anything was not as promised.
 */
import { System } from "../support/system";
import { killDuring, type KillResult } from "./kills/kill";
import { PAUSABLE } from "./kills/pauses";
import { VICTIMS } from "./kills/victims";

/** Long enough for the settling of a transfer to be caught while something restarts. */
const QUIET_SECONDS = 3;

async function main(): Promise<void> {
  const system = await System.start({ timings: { QUIET_SECONDS } });
  const stop = () => void system.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const results: KillResult[] = [];
  try {
    for (const victim of VICTIMS) {
      for (const phase of PAUSABLE) {
        process.stderr.write(`kill -9 of ${victim} in ${phase}\n`);
        const user = `${victim.toLowerCase().replaceAll(" ", "-")}-${phase}`;
        results.push(await killDuring(system, victim, phase, user));
      }
    }
  } catch (error) {
    process.stderr.write(`${system.logs()}\n`);
    throw error;
  } finally {
    process.stdout.write(table(results));
    await system.stop();
  }
  const faults = results.flatMap(({ victim, phase, faults }) =>
    faults.map((fault) => `${victim}, ${phase}: ${fault}\n`),
  );
  process.stdout.write(faults.length === 0 ? "\nEvery row is as promised.\n" : `\n${faults.join("")}`);
  if (faults.length > 0) process.exitCode = 1;
}

function table(results: readonly KillResult[]): string {
  const head = ["kill -9 of", "in phase", "transfer", "requests", "longest", "DNS questions", "faults"];
  const rows = results.map((result) => [
    result.victim,
    result.phase,
    result.outcome,
    String(result.requests),
    `${result.longestMs} ms`,
    String(result.questions),
    String(result.faults.length),
  ]);
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`);
  return lines.join("");
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});

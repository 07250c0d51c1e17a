/** What processes of services have in common: a beginning that says what it lacks, and an end within its time. */
import { SettingsError } from "./settings/variables";

const EXIT_FAILURE = 1;

/**
 * Runs a service. What it throws ends the process with 1 and is told on standard error: mistakes in settings in words, for whoever is
 * to mend them, anything else with where it came from.
 */
export async function runProcess(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    process.stderr.write(`${error instanceof SettingsError ? error.message : String((error as Error).stack)}\n`);
    process.exit(EXIT_FAILURE);
  }
}

/** Resolves with the first signal that asks the process to stop. None is lost from the call on, and further ones do nothing. */
export async function askedToStop(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => resolve(name));
  });
}

/** Ends the process with 1 unless it has ended by itself in time; `say` says so before. */
export function endWithin(limitMs: number, say: (limitMs: number) => void): void {
  const giveUp = () => {
    say(limitMs);
    process.exit(EXIT_FAILURE);
  };
  setTimeout(giveUp, limitMs).unref();
}

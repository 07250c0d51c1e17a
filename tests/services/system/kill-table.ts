/**
 * `make kill-table`: kills each part of the resolution service in each phase of a transfer and prints what became of it. Exits
 * with 1 when anything was not as promised, with 130 when it was interrupted.
 */
import { progress, runDemonstration, stopWhenInterrupted } from "../support/demonstration";
import { System } from "../support/system";
import { killDuring, type KillResult } from "./kills/kill";
import { PAUSABLE } from "./kills/pauses";
import { faultsOf, killTable } from "./kills/table";
import { processesByVictim, VICTIMS } from "./kills/victims";

/** Long enough for the settling of a transfer to be caught while something restarts. */
const MAX_SETTLE_SECONDS = 4;

const ROWS = VICTIMS.flatMap((victim) => PAUSABLE.map((phase) => ({ victim, phase })));

async function main(): Promise<void> {
  progress("starting the resolution service");
  const starting = System.start({ timings: { MAX_SETTLE_SECONDS } });
  stopWhenInterrupted(starting);
  const system = await starting;
  const results: KillResult[] = [];
  try {
    for (const line of processesByVictim(system)) progress(line);
    for (const [index, { victim, phase }] of ROWS.entries()) {
      progress(`${index + 1} of ${ROWS.length}: kill -9 of ${victim} in ${phase}`);
      const user = `${victim.toLowerCase().replaceAll(" ", "-")}-${phase}`;
      results.push(await killDuring(system, victim, phase, user));
    }
  } catch (error) {
    progress(system.logs());
    throw error;
  } finally {
    process.stdout.write(killTable(results));
    await system.stop();
  }
  const faults = faultsOf(results);
  process.stdout.write(faults === "" ? "\nEvery row is as promised.\n" : `\n${faults}`);
  if (faults !== "") process.exitCode = 1;
}

runDemonstration(main);

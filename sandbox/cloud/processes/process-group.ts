/** Ending a process with everything that it has started. */
import { setTimeout as delay } from "node:timers/promises";
import { descendantsOf, processTable, readProcess, type ProcessEntry } from "./process-table";

const POLL_MS = 10;
/** What the kernel was told to kill and has not ended by then hangs in a device: nobody can end it. */
const KILL_TIMEOUT_MS = 10_000;

/**
 * Kills the processes of a group, and those that they have started in groups of their own, such as the apps of a container host.
 * Resolves once none of them runs. A process whose parent has ended already is in no way known as the group's, unless it is in it.
 */
export async function killGroup(group: number): Promise<void> {
  // Whoever stands still starts nothing between the look around and the end.
  if (!signal(-group, "SIGSTOP")) return;
  const all = new Map<number, ProcessEntry>();
  for (let found = familyOf(group); found.length > 0; found = familyOf(group).filter(({ pid }) => !all.has(pid))) {
    for (const entry of found) {
      all.set(entry.pid, entry);
      if (entry.group !== group && runs(entry)) signal(entry.pid, "SIGSTOP");
    }
  }
  for (const entry of all.values()) if (runs(entry)) signal(entry.pid, "SIGKILL");
  await gone([...all.values()]);
}

function familyOf(group: number): ProcessEntry[] {
  const table = processTable();
  const members = table.filter((entry) => entry.group === group);
  return [...members, ...descendantsOf(members, table)];
}

/** Sends a signal to a process, or to a group by its number below zero; false if there is none. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

function runs({ pid, started }: ProcessEntry): boolean {
  const now = readProcess(pid);
  return now?.started === started && !now.isZombie;
}

async function gone(entries: readonly ProcessEntry[]): Promise<void> {
  const deadline = performance.now() + KILL_TIMEOUT_MS;
  for (let left = entries.filter(runs); left.length > 0; left = left.filter(runs)) {
    if (performance.now() > deadline) {
      const pids = left.map(({ pid }) => pid).join(", ");
      throw new Error(`processes ${pids} were killed and did not end: look at what they wait for in /proc/<pid>/stack`);
    }
    await delay(POLL_MS);
  }
}

/** Ending a process together with all that it started. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const LIST_TIMEOUT_MS = 5_000;

/**
 * Kills a process and its descendants at once. The engine gives each plugin a process group of its own, so killing the
 * engine's group alone would leave them behind.
 */
export async function killTree(pid: number): Promise<void> {
  // Where processes cannot be listed in time, the one that is known ends nevertheless.
  const below = await descendants(pid).catch(() => []);
  for (const member of [pid, ...below]) signal(member, "SIGKILL");
}

/** Sends a signal to a process or, with a negative number, to a process group. A process that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether a process with this number exists on this machine. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function descendants(root: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="], { timeout: LIST_TIMEOUT_MS });
  const children = new Map<number, number[]>();
  for (const line of stdout.trim().split("\n")) {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}

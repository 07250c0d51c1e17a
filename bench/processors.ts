/** Which processors a process runs on: what is measured must not compete with what loads it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Processors that measured server, load and everything else have for themselves. Nothing is kept apart on fewer than four. */
const MEASURED = "0";
const LOAD = "1";

export type Share = "measured" | "load" | "rest";

/** Confines a process, with all its threads, to its share. What it starts later is confined too. */
export function confine(pid: number | undefined, share: Share): void {
  const count = cpus().length;
  if (count < 4 || pid === undefined) return;
  const processors = { measured: MEASURED, load: LOAD, rest: `2-${count - 1}` }[share];
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", processors, String(pid)], { stdio: "pipe" });
}

/** Linux counts processes' time in these, whatever its timer's rate. */
const TICKS_PER_SECOND = 100;

/** Processor time that processes have used so far, together. */
export function processorSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid), 0) / TICKS_PER_SECOND;
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // Fields are counted from the end of the name, which may hold anything: time in user mode and in the kernel.
  const [user = NaN, system = NaN] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return user + system;
}

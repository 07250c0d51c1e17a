/** Which processors a process runs on: what is measured must not compete with what loads it. */
import { execFileSync } from "node:child_process";
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

/** The processes of a sandbox, found by what they were started with rather than by what it says of them. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { until } from "../../../support/until";

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Those whose command line, environment or working directory names a folder; not this process. */
export function processesOf(folder: string): FoundProcess[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.flatMap((name) => {
    const command = read(`/proc/${name}/cmdline`);
    const texts = [command, read(`/proc/${name}/environ`), workingDirectory(name)];
    if (!texts.some((text) => text.includes(folder)) || isZombie(name)) return [];
    return [{ pid: Number(name), command: command.replaceAll("\0", " ").trim() }];
  });
}

/** Kills what a failed test has left behind. */
export async function endAll(processes: readonly FoundProcess[]): Promise<void> {
  for (const { pid } of processes) kill(pid);
  await until("the end of the processes", () => processes.every(({ pid }) => read(`/proc/${pid}/cmdline`) === ""));
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** It has ended, and its parent has not asked about it yet. */
function isZombie(pid: string): boolean {
  return /^\d+ \(.*\) [ZX] /s.test(read(`/proc/${pid}/stat`));
}

/** Processes end while they are looked at, and those of others may not be read. */
function read(file: string): string {
  return quietly(() => readFileSync(file, "utf8"));
}

function workingDirectory(pid: string): string {
  return quietly(() => readlinkSync(`/proc/${pid}/cwd`));
}

function quietly(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}

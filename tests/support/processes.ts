/** The processes of a command, found by what they were started with rather than by what it says of them. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { signal } from "../../deploy/process-tree";
import { readProcess } from "../../sandbox/cloud/processes/process-table";
import { until } from "./until";

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
    if (!texts.some((text) => text.includes(folder)) || readProcess(Number(name))?.isZombie === true) return [];
    return [{ pid: Number(name), command: command.replaceAll("\0", " ").trim() }];
  });
}

/** Kills what a failed test has left behind. */
export async function endAll(processes: readonly FoundProcess[]): Promise<void> {
  for (const { pid } of processes) signal(pid, "SIGKILL");
  await until("the end of the processes", () => processes.every(({ pid }) => read(`/proc/${pid}/cmdline`) === ""));
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

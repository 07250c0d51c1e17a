/** Measures a whole process tree from outside: wall time, and the sum of the peak memory of its processes. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Measurement {
  readonly seconds: number;
  /** Sum over all processes of the tree of the most memory each ever held (VmHWM), in MB; an upper bound of the tree's peak. */
  readonly peakMb: number;
  readonly stdout: string;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** How often memory is looked at. A process that lives shorter than this is missed, and is too small to matter. */
const SAMPLE_MS = 100;
/** No measured run takes longer; one that does hangs. */
const LIMIT_MS = 30 * 60_000;

/** Runs a command to its end. Rejects with its output when it fails or exceeds the limit. */
export async function measure({ command, args, environment }: Command): Promise<Measurement> {
  const started = process.hrtime.bigint();
  const child = spawn(command, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const peaks = new Map<number, number>();
  const sampler = setInterval(() => sample(child.pid, peaks), SAMPLE_MS);
  const limit = setTimeout(() => child.kill("SIGTERM"), LIMIT_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    if (code !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${code}:\n${stderr}${stdout}`);
    return { seconds, stdout, peakMb: [...peaks.values()].reduce((sum, kb) => sum + kb, 0) / 1024 };
  } finally {
    clearInterval(sampler);
    clearTimeout(limit);
  }
}

function sample(root: number | undefined, peaks: Map<number, number>): void {
  if (root === undefined) return;
  for (const pid of treeOf(root)) {
    const kb = peakKb(pid);
    if (kb !== undefined) peaks.set(pid, Math.max(kb, peaks.get(pid) ?? 0));
  }
}

/** A process and its descendants, as /proc shows them now. */
function treeOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const parent = /^\d+$/.test(entry) ? parentOf(Number(entry)) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const descend = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(descend)];
  return descend(root);
}

function parentOf(pid: number): number | undefined {
  // The process name stands in parentheses and may hold anything; the fields after the last one are numbers.
  const stat = readProc(pid, "stat");
  const parent = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
  return parent === undefined ? undefined : Number(parent);
}

function peakKb(pid: number): number | undefined {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(readProc(pid, "status") ?? "");
  return match === null ? undefined : Number(match[1]);
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined; // The process ended meanwhile.
  }
}

/** Loads a server from processes that share no processor with it, and sums up what they saw. */
import { execFile, type ChildProcess } from "node:child_process";
import { promisify } from "node:util";
import { program } from "../../tests/services/support/program";
import { confine } from "../processors";
import { UNIT_MS, type LoadSettings, type Tally } from "./load";

/** More than one, since a Node process is no faster than HAProxy. */
const PROCESSES = 2;
const LIMIT_MS = 120_000;
const MAX_OUTPUT = 64 << 20;

export interface Load {
  /** Answers per second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Connections are split between processes. */
export async function drive(settings: LoadSettings): Promise<Load> {
  const each = { ...settings, connections: Math.max(1, Math.round(settings.connections / PROCESSES)) };
  const tallies = await Promise.all(Array.from({ length: PROCESSES }, () => tallyOf(each)));
  const latencies = tallies.flatMap(({ latencies }) => latencies).sort(([a], [b]) => a - b);
  const answers = tallies.reduce((sum, tally) => sum + tally.answers, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  const at = (share: number) => quantile(latencies, answers * share) * UNIT_MS;
  return { rate: answers / settings.seconds, p50Ms: at(0.5), p99Ms: at(0.99), failed };
}

/** The same; rejects where anything failed. */
export async function driveWell(settings: LoadSettings): Promise<Load> {
  const load = await drive(settings);
  if (load.failed > 0) throw new Error(`${load.failed} requests to ${settings.host}:${settings.port} failed`);
  return load;
}

async function tallyOf(settings: LoadSettings): Promise<Tally> {
  const [file, ...args] = program("bench/edge/load.ts");
  const running = promisify(execFile)(file, [...args, JSON.stringify(settings)], {
    timeout: LIMIT_MS,
    maxBuffer: MAX_OUTPUT,
  });
  confineLoad(running.child);
  return JSON.parse((await running).stdout) as Tally;
}

function confineLoad({ pid }: ChildProcess): void {
  confine(pid, "rest");
}

function quantile(counted: Tally["latencies"], rank: number): number {
  let seen = 0;
  for (const [value, count] of counted) {
    seen += count;
    if (seen >= rank) return value;
  }
  throw new Error("nothing was answered");
}

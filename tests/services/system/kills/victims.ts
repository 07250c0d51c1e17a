/** What is killed, and brought back as its supervisor would. */
import { existsSync, readFileSync } from "node:fs";
import type { System } from "../../support/system";

export const VICTIMS = ["control API", "node agent", "Knot", "PostgreSQL"] as const;
export type Victim = (typeof VICTIMS)[number];

/** A process that a supervisor starts. */
interface Supervised {
  readonly pid: number | undefined;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Kills the victim's processes by SIGKILL, all at once. Resolves, once none of them exists, with what brings them back. */
export async function kill(system: System, victim: Victim): Promise<{ readonly restart: () => Promise<void> }> {
  const processes = processesOf(system, victim);
  const before = pidsOf(processes);
  if (before.length < processes.length) throw new Error(`the ${victim} is not running and cannot be killed`);
  await Promise.all(processes.map((process) => process.kill()));
  const left = before.filter((pid) => existsSync(`/proc/${pid}`));
  if (left.length > 0) throw new Error(`the ${victim} was killed, and its process ${left.join()} is there still`);
  return { restart: async () => void (await Promise.all(processes.map((process) => process.start()))) };
}

/**
 * What each victim is, as "control API: process 4711 (node)". Throws when two of them share a process: then to kill one would
 * be to kill both.
 */
export function processesByVictim(system: System): string[] {
  const pids = VICTIMS.map((victim) => pidsOf(processesOf(system, victim)));
  const all = [process.pid, ...pids.flat()];
  if (new Set(all).size < all.length) throw new Error(`victims share processes: ${all.join()}`);
  return VICTIMS.map((victim, index) => `${victim}: process ${(pids[index] ?? []).map(described).join(", ")}`);
}

function described(pid: number): string {
  return `${pid} (${readFileSync(`/proc/${pid}/comm`, "utf8").trim()})`;
}

/** Of several name servers the first, so that another is left to answer; of anything else all there are. */
function processesOf(system: System, victim: Victim): readonly Supervised[] {
  const [nameServer] = system.nameServers;
  if (nameServer === undefined) throw new Error("there is no name server to kill anything of");
  const { postgres } = system;
  switch (victim) {
    case "control API":
      return system.replicas;
    case "node agent":
      return [nameServer.agent];
    case "Knot":
      return [nameServer.knot];
    case "PostgreSQL":
      return [{ pid: postgres.pid, kill: () => postgres.kill(), start: () => postgres.restart(true) }];
  }
}

function pidsOf(processes: readonly Supervised[]): number[] {
  return processes.flatMap(({ pid }) => pid ?? []);
}

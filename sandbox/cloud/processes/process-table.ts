/** The processes of this machine, as Linux tells them in /proc. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Process group. */
  readonly group: number;
  /** When it was started, in clock ticks since the machine's: tells a process from a later one with the same number. */
  readonly started: string;
  /** Whether it has ended, and only waits for its parent to hear of that. */
  readonly isZombie: boolean;
}

/** A process by its number; undefined where there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined; // It has ended, perhaps while it was read.
  }
}

export function processTable(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** One `/proc/<pid>/stat`, as proc(5) describes it. Pure. */
export function parseStat(stat: string): ProcessEntry {
  // The program's name stands in parentheses and may hold anything; the other fields follow the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group] = fields;
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(parent),
    group: Number(group),
    // The 22nd of all fields.
    started: fields[19] ?? "",
    isZombie: state === "Z" || state === "X",
  };
}

/** The processes that these have started, and those that they have, and so on; without these themselves. Pure. */
export function descendantsOf(roots: readonly ProcessEntry[], table: readonly ProcessEntry[]): ProcessEntry[] {
  const found: ProcessEntry[] = [];
  const known = new Set(roots.map(({ pid }) => pid));
  for (let generation = known; generation.size > 0;) {
    const children = table.filter(({ pid, parent }) => generation.has(parent) && !known.has(pid));
    found.push(...children);
    generation = new Set(children.map(({ pid }) => pid));
    for (const pid of generation) known.add(pid);
  }
  return found;
}

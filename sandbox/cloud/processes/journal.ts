/**
 * The process groups that were started and have not ended: a file each, so that whoever comes after a crash knows what is left.
 * A process is noted right after its start; a crash within those microseconds is the only one that leaves something unknown.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../write-whole";
import { killGroup } from "./process-group";
import { processTable, readProcess, type ProcessEntry } from "./process-table";

interface Entry {
  readonly name: string;
  /** Number of the leader, which is the group's. */
  readonly pid: number;
  readonly started: string;
  /** The machine's boot that `started` counts from. */
  readonly boot: string;
}

export class Journal {
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** Notes a group by its leader, which has just been started. */
  add(name: string, pid: number): void {
    const entry: Entry = { name, pid, started: readProcess(pid)?.started ?? "", boot: bootId() };
    writeWhole(this.path(pid), `${JSON.stringify(entry)}\n`);
  }

  remove(pid: number): void {
    rmSync(this.path(pid), { force: true });
  }

  /** Kills the groups that are noted and still run; gives their names. */
  async endLeftovers(): Promise<string[]> {
    const entries = readdirSync(this.directory).map((file) => this.read(Number(file)));
    const left = leftovers(
      entries.flatMap((entry) => entry ?? []),
      processTable(),
      bootId(),
    );
    await Promise.all(left.map(({ pid }) => killGroup(pid)));
    for (const file of readdirSync(this.directory)) rmSync(join(this.directory, file), { force: true });
    return left.map(({ name }) => name);
  }

  private path(pid: number): string {
    return join(this.directory, String(pid));
  }

  private read(pid: number): Entry | undefined {
    try {
      return JSON.parse(readFileSync(this.path(pid), "utf8")) as Entry;
    } catch {
      return undefined; // A crash cut it off: the process was given its number a moment before.
    }
  }
}

/**
 * The noted groups that still run. While a group has members its number is given to no other process, so that where the leader has
 * ended and others go on they are its own; a leader with another start is somebody else's process. Pure.
 */
export function leftovers(entries: readonly Entry[], table: readonly ProcessEntry[], boot: string): Entry[] {
  const runs = (entry: Entry) => {
    const leader = table.find(({ pid }) => pid === entry.pid);
    if (leader !== undefined && leader.started !== entry.started) return false;
    return table.some(({ group, isZombie }) => group === entry.pid && !isZombie);
  };
  return entries.filter((entry) => entry.boot === boot && runs(entry));
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

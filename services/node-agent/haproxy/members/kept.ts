/** The container VMs that were last known, on disk, for an agent that starts while nobody can tell it. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeDurably } from "../durable-file";
import type { Member } from "../settings";

/** Container VMs by zone. */
export type Kept = ReadonlyMap<string, readonly Member[]>;

const kept = z.record(z.string(), z.array(z.strictObject({ name: z.string().min(1), address: z.ipv4() })));

export async function writeKept(path: string, zones: Kept): Promise<void> {
  await writeDurably(path, [JSON.stringify(Object.fromEntries(zones))]);
}

/** Nothing where there is no file, or one that is not as it was written. */
export async function readKept(path: string): Promise<Map<string, readonly Member[]>> {
  try {
    return new Map(Object.entries(kept.parse(JSON.parse(await readFile(path, "utf8")))));
  } catch {
    return new Map();
  }
}

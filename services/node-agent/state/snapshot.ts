/** A snapshot: the whole state at one revision, in one file that is either complete or does not count. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory, UNFINISHED } from "./files";
import { encodeRecord, readRecords } from "./records";

/** Every key's value, and the revision up to which that is true. */
export interface Contents {
  readonly entries: Map<string, unknown>;
  revision: number;
}

/** Format of the files. An agent that finds another one starts anew from the feed. */
const FORMAT = 1;
/** Entries per record: large enough for JSON to be fast, small enough (some 30 KB) not to hold up the process. */
const ENTRIES_PER_RECORD = 1000;

/**
 * Entries with their values told once: keys, each followed by the place of its value. Most users share few values, and a
 * million of them are read in two thirds of the time that pairs take, into half the memory.
 */
interface Block {
  readonly values: unknown[];
  readonly entries: (string | number)[];
}

interface Header {
  readonly format: number;
  /** Whose state it is: another scope's or environment's must not be taken for it. */
  readonly owner: string;
  readonly revision: number;
  readonly entries: number;
}

/** A picture of a state that goes on changing: much smaller than a copy of the map, and taken in milliseconds. */
export interface Picture {
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
  readonly revision: number;
}

export function pictureOf({ entries, revision }: Contents): Picture {
  return { keys: [...entries.keys()], values: [...entries.values()], revision };
}

/**
 * Writes a snapshot beside its name and gives it the name once it is on disk. Returns its bytes, or nothing where `signal`
 * ended it early.
 */
export async function writeSnapshot(
  path: string,
  owner: string,
  { keys, values, revision }: Picture,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const unfinished = `${path}${UNFINISHED}`;
  const handle = await open(unfinished, "w", 0o600);
  let bytes = 0;
  try {
    const header: Header = { format: FORMAT, owner, revision, entries: keys.length };
    bytes += (await handle.write(encodeRecord(header))).bytesWritten;
    for (let start = 0; start < keys.length && signal?.aborted !== true; start += ENTRIES_PER_RECORD) {
      const block = blockOf(keys.slice(start, start + ENTRIES_PER_RECORD), (index) => values[start + index]);
      bytes += (await handle.write(encodeRecord(block))).bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (signal?.aborted === true) {
    await rm(unfinished, { force: true });
    return undefined;
  }
  await rename(unfinished, path);
  await syncDirectory(dirname(path));
  return bytes;
}

function blockOf(keys: readonly string[], valueAt: (index: number) => unknown): Block {
  const block: Block = { values: [], entries: [] };
  const places = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    const value = valueAt(index);
    const text = JSON.stringify(value);
    const place = places.get(text) ?? block.values.push(value) - 1;
    places.set(text, place);
    block.entries.push(key, place);
  }
  return block;
}

function addBlock(state: Map<string, unknown>, { values, entries }: Block): void {
  for (let index = 0; index < entries.length; index += 2) {
    state.set(entries[index] as string, values[entries[index + 1] as number]);
  }
}

/** Reads a snapshot. Throws an error that says what is wrong with it. */
export async function readSnapshot(path: string, owner: string): Promise<Contents & { bytes: number }> {
  let header: Header | undefined;
  const entries = new Map<string, unknown>();
  const { end, size } = await readRecords(path, (record) => {
    if (header === undefined) header = checkedHeader(record as Header, owner);
    else addBlock(entries, record as Block);
  });
  const expected = header?.entries ?? "an unknown number of";
  if (header === undefined || end !== size || entries.size !== header.entries) {
    throw new Error(`it is damaged after byte ${end} of ${size}: ${entries.size} of ${expected} entries can be read`);
  }
  return { entries, revision: header.revision, bytes: size };
}

function checkedHeader(header: Header, owner: string): Header {
  if (header.format !== FORMAT) throw new Error(`its format is ${header.format}; this agent knows ${FORMAT}`);
  if (header.owner !== owner) throw new Error(`it holds the state of "${header.owner}", not of "${owner}"`);
  return header;
}

/** The zone file that Knot begins with when it has none. */
import { once } from "node:events";
import { closeSync, createWriteStream, openSync, readSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { parseSoa, type ResourceRecord } from "./wire/records";

/** Characters that are written at once. */
const CHUNK = 1 << 16;
/** Octets that hold the first two lines, origin and SOA, of which the longest names take 1000. */
const HEAD = 4096;

/**
 * Writes the file whole or not at all, and to the disk. A million users are written in seconds, and other work goes on meanwhile.
 */
export async function writeZoneFile(path: string, zone: string, records: Iterable<ResourceRecord>): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const stream = createWriteStream(temporary, { mode: 0o640, flush: true });
  const closed = once(stream, "close");
  let chunk = `$ORIGIN ${zone}.\n`;
  for (const record of records) {
    chunk += lineOf(record, zone);
    if (chunk.length < CHUNK) continue;
    if (!stream.write(chunk)) await once(stream, "drain");
    chunk = "";
  }
  stream.end(chunk);
  await closed;
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** The serial of a file that {@link writeZoneFile} wrote; nothing for any other. */
export function readFirstSerial(path: string): number | undefined {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(HEAD);
    const [, soa] = head.toString("latin1", 0, readSync(file, head)).split("\n");
    const [, data] = /^@ \d+ SOA (.+)$/.exec(soa ?? "") ?? [];
    return data === undefined ? undefined : parseSoa(data).serial;
  } finally {
    closeSync(file);
  }
}

function lineOf({ name, type, ttl, data }: ResourceRecord, zone: string): string {
  const isName = type === "CNAME" || type === "NS";
  return `${relative(name, zone)} ${ttl} ${type} ${isName ? relative(data, zone) : data}\n`;
}

function relative(name: string, zone: string): string {
  if (name === zone) return "@";
  return name.endsWith(`.${zone}`) ? name.slice(0, -zone.length - 1) : `${name}.`;
}

/** Makes a rename last. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  await directory.sync().finally(() => directory.close());
}

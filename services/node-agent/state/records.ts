/**
 * Files of records: a line each, `<checksum> <JSON>`. A record counts only as a whole, so that of a file that ends anywhere,
 * or has rotted, exactly the records before the damage are read.
 */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
/** 64 bits of SHA-256 tell damage from chance; it is no protection against whoever may write the file. */
const CHECKSUM_LENGTH = 16;

function checksumOf(json: string | Buffer): string {
  return createHash("sha256").update(json).digest("hex").slice(0, CHECKSUM_LENGTH);
}

/** A record as it stands in a file. */
export function encodeRecord(value: unknown): string {
  const json = JSON.stringify(value);
  return `${checksumOf(json)} ${json}\n`;
}

/** How much of a file is whole. */
export interface Extent {
  /** Bytes up to and including the last whole record. */
  readonly end: number;
  /** Bytes of the file. */
  readonly size: number;
}

/** Calls `take` with each record up to the first damage, if any. What `take` throws ends the reading. */
export async function readRecords(path: string, take: (value: unknown) => void): Promise<Extent> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    let end = 0;
    for await (const line of linesOf(handle)) {
      const value = decode(line);
      if (value === undefined) break;
      take(value);
      end += line.length + 1;
    }
    return { end, size };
  } finally {
    await handle.close();
  }
}

/** Complete lines without their ends; what follows the last line's end is no line. */
async function* linesOf(handle: FileHandle): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
    if (bytesRead === 0) return;
    const known = rest.length;
    const data = known === 0 ? buffer.subarray(0, bytesRead) : Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let start = 0;
    for (let stop = data.indexOf(NEWLINE, known); stop >= 0; stop = data.indexOf(NEWLINE, start)) {
      yield data.subarray(start, stop);
      start = stop + 1;
    }
    rest = data.subarray(start);
  }
}

function decode(line: Buffer): unknown {
  const json = line.subarray(CHECKSUM_LENGTH + 1);
  if (line.toString("latin1", 0, CHECKSUM_LENGTH + 1) !== `${checksumOf(json)} `) return undefined;
  return JSON.parse(json.toString("utf8"));
}

/**
 * Files of HAProxy's maps: a key and a value per line, and at the end a comment with the digest of all before it. HAProxy would
 * take a file that lost half of its lines for a smaller map; whoever starts it looks at the digest first (services/edge).
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { inChunks, writeDurably } from "./durable-file";
import type { Entry } from "./overlay-map";

const DIGEST_LINE = /(?:^|\n)# sha256 ([0-9a-f]{64})\n$/;
/** Characters that are hashed at once. */
const CHUNK = 1 << 16;
/** Length of that line. */
const DIGEST_LINE_LENGTH = "# sha256 \n".length + 64;

/** Writes a map. Returns its digest. */
export async function writeMapFile(path: string, entries: Iterable<Entry>): Promise<string> {
  const hash = createHash("sha256");
  let digest = "";
  function* text(): Generator<string> {
    for (const chunk of inChunks(linesOf(entries), CHUNK)) {
      hash.update(chunk);
      yield chunk;
    }
    digest = hash.digest("hex");
    yield `# sha256 ${digest}\n`;
  }
  await writeDurably(path, text());
  return digest;
}

/** As a file holds them, and as the runtime API takes them. */
export function* linesOf(entries: Iterable<Entry>): Generator<string> {
  for (const [key, value] of entries) yield `${key} ${value}\n`;
}

/** The map that a file holds; nothing where there is no file, or one that is not as it was written. */
export async function readMapFile(path: string): Promise<{ map: Map<string, string>; digest: string } | undefined> {
  const text = await readFile(path, "latin1").catch(absent);
  const digest = text === undefined ? undefined : DIGEST_LINE.exec(text.slice(-DIGEST_LINE_LENGTH - 1))?.[1];
  if (text === undefined || digest === undefined) return undefined;
  const body = text.slice(0, -DIGEST_LINE_LENGTH);
  if (createHash("sha256").update(body, "latin1").digest("hex") !== digest) return undefined;
  const map = new Map<string, string>();
  for (let start = 0; start < body.length;) {
    const end = body.indexOf("\n", start);
    const blank = body.indexOf(" ", start);
    map.set(body.slice(start, blank), body.slice(blank + 1, end));
    start = end + 1;
  }
  return { map, digest };
}

/** Whether the file holds what was written with this digest. */
export async function isIntact(path: string, digest: string): Promise<boolean> {
  const hash = createHash("sha256");
  let tail = "";
  try {
    // The last line is not part of what is hashed, so its length is always held back.
    for await (const chunk of createReadStream(path, "latin1")) {
      const text = tail + String(chunk);
      hash.update(text.slice(0, -DIGEST_LINE_LENGTH), "latin1");
      tail = text.slice(-DIGEST_LINE_LENGTH);
    }
  } catch (error) {
    return absent(error) !== undefined;
  }
  return tail === `# sha256 ${digest}\n` && hash.digest("hex") === digest;
}

/** Undefined for a file that is not there; whatever else is wrong with the disk is an error. */
function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  throw error;
}

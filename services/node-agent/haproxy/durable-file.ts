/** Files that are there whole or not at all, whatever happens to process and power. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "../state/files";

/** Ending of a file that is still being written. */
const UNFINISHED = ".unfinished";
/** Octets that are handed to the operating system at once. */
const CHUNK = 1 << 16;

/**
 * Puts a file in the place of the one of its name. Returns once that outlives a power cut; a failure leaves the old one. It is
 * readable for its owner and, where HAProxy runs as another user, for the group.
 */
export async function writeDurably(path: string, text: Iterable<string>, mode = 0o640): Promise<void> {
  const unfinished = path + UNFINISHED;
  try {
    await writeAll(unfinished, text, mode);
    await rename(unfinished, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeAll(path: string, text: Iterable<string>, mode: number): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, "wx", mode);
  try {
    for (const chunk of inChunks(text, CHUNK)) await file.write(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Joins pieces until they have a size; a piece is never cut. */
export function* inChunks(pieces: Iterable<string>, size: number): Generator<string> {
  let chunk = "";
  for (const piece of pieces) {
    if (chunk !== "" && chunk.length + piece.length > size) {
      yield chunk;
      chunk = "";
    }
    chunk += piece;
  }
  if (chunk !== "") yield chunk;
}

/** Names in the state's directory, and changes to it that outlive a power cut. */
import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * What the directory holds. Generation `n`'s snapshot is the state that its change log starts from; a log without a
 * snapshot of its own continues the log before it.
 */
export type Kind = "snapshot" | "changes";

const NAME = /^(snapshot|changes)-(\d+)$/;
/** Ending of a file that is still being written. */
export const UNFINISHED = ".unfinished";

export function fileOf(directory: string, kind: Kind, generation: number): string {
  return join(directory, `${kind}-${generation}`);
}

/** Generations of which there is a file, in ascending order. */
export async function generations(directory: string, kind: Kind): Promise<number[]> {
  const matches = (await readdir(directory)).map((name) => NAME.exec(name));
  return matches
    .filter((match) => match?.[1] === kind)
    .map((match) => Number(match?.[2]))
    .sort((a, b) => a - b);
}

/** Removes the files of other generations than those kept, and what a crash left unfinished. */
export async function removeAllBut(
  directory: string,
  kept: (kind: Kind, generation: number) => boolean,
): Promise<void> {
  for (const name of await readdir(directory)) {
    const match = NAME.exec(name);
    const isOld = match !== null && !kept(match[1] as Kind, Number(match[2]));
    if (isOld || name.endsWith(UNFINISHED)) await rm(join(directory, name), { force: true });
  }
}

/** Makes what was created, renamed and removed in a directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

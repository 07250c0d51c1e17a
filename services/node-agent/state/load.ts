/** Reading what an agent left on disk, whatever end it met. */
import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../log";
import { replay } from "./change-log";
import { fileOf, generations, removeAllBut, syncDirectory } from "./files";
import { readSnapshot, type Contents } from "./snapshot";

/** A state as it was found. */
export interface Loaded {
  readonly contents: Contents;
  readonly snapshotBytes: number;
  /** Generation of the log to append to, and how many of its bytes count. */
  readonly generation: number;
  readonly logBytes: number;
}

/** Name that the last unreadable snapshot is kept under, for whoever wants to know. */
const ASIDE = "snapshot.unreadable";

/**
 * The newest snapshot and the logs that follow it, up to the first damage: a state that was the agent's own once, from which
 * the feed goes on. Nothing where there is no readable snapshot. An older one is no substitute: the logs need not follow it.
 */
export async function loadState(directory: string, owner: string, log: Log): Promise<Loaded | undefined> {
  const newest = (await generations(directory, "snapshot")).at(-1);
  const snapshot = newest === undefined ? undefined : await snapshotOrAside(directory, newest, owner, log);
  if (newest === undefined || snapshot === undefined) {
    await removeAllBut(directory, () => false);
    return undefined;
  }
  const { bytes, ...contents } = snapshot;
  const replayed = await replayLogs(directory, newest, contents, log);
  await removeAllBut(directory, (kind, generation) =>
    kind === "snapshot" ? generation === newest : generation >= newest && generation <= replayed.generation,
  );
  // A log that was dropped must not come back after a power cut and be taken for the next one's continuation.
  await syncDirectory(directory);
  return { contents, snapshotBytes: bytes, ...replayed };
}

async function snapshotOrAside(directory: string, generation: number, owner: string, log: Log) {
  const path = fileOf(directory, "snapshot", generation);
  try {
    return await readSnapshot(path, owner);
  } catch (error) {
    const aside = join(directory, ASIDE);
    await rename(path, aside);
    log.error(
      { err: error, snapshot: path, aside },
      "the snapshot cannot be used: it was moved aside, and everything is fetched from the feed again",
    );
    return undefined;
  }
}

async function replayLogs(directory: string, first: number, contents: Contents, log: Log) {
  let generation = first;
  let logBytes = 0;
  for (let next = first; existsSync(fileOf(directory, "changes", next)); next++) {
    const path = fileOf(directory, "changes", next);
    const { end, size } = await replay(path, contents);
    generation = next;
    logBytes = end;
    if (end === size) continue;
    log.warn(
      { changes: path, bytes: size - end, revision: contents.revision },
      "the change log ends in bytes that are no whole record, as a write that was cut short leaves them; they were dropped",
    );
    break;
  }
  return { generation, logBytes };
}

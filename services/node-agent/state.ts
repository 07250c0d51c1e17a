/**
 * The agent's state on disk: keys and values of up to millions of users, and the feed's revision they are of.
 *
 * A snapshot holds the whole state, a change log what came after it. A change is on disk before `append` returns. When the
 * log has outgrown the snapshot, a new log is begun and a new snapshot written beside it while the agent goes on.
 */
import { mkdir } from "node:fs/promises";
import type { Change } from "./driver";
import type { Log } from "./log";
import { applyTo, ChangeLog } from "./state/change-log";
import { fileOf, removeAllBut, syncDirectory } from "./state/files";
import { loadState, type Loaded } from "./state/load";
import { lockDirectory } from "./state/lock";
import { pictureOf, writeSnapshot, type Contents } from "./state/snapshot";

/** Logs below this size are not worth a new snapshot, however small the old one is. */
export const MIN_COMPACTION_BYTES = 1 << 20;

export interface StateOptions {
  /** Directory of this agent alone; created if need be. */
  readonly directory: string;
  /** Whose state it is, such as `prod dns`. Another owner's files are not used. */
  readonly owner: string;
  readonly log: Log;
  /** Default {@link MIN_COMPACTION_BYTES}. */
  readonly minCompactionBytes?: number;
}

/** `append`, `replace` and `close` are called one at a time. */
export class DurableState {
  private contents: Contents = { entries: new Map(), revision: 0 };
  private generation = 0;
  private changes: ChangeLog | undefined;
  private snapshotBytes = 0;
  private compaction: { done: Promise<void>; abort: AbortController } | undefined;

  private constructor(
    private readonly options: StateOptions,
    private readonly unlock: () => Promise<void>,
  ) {}

  /** Locks the directory and reads what is there. Throws when another agent uses it. */
  static async open(options: StateOptions): Promise<DurableState> {
    await mkdir(options.directory, { recursive: true });
    const unlock = await lockDirectory(options.directory);
    const state = new DurableState(options, unlock);
    try {
      const loaded = await loadState(options.directory, options.owner, options.log);
      if (loaded !== undefined) await state.adopt(loaded);
      return state;
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  /** Whether there is a state at all: a new agent has none until the first `replace`. */
  get isWhole(): boolean {
    return this.changes !== undefined;
  }

  /** Revision up to which the state is whole; 0 for none. */
  get revision(): number {
    return this.contents.revision;
  }

  get entries(): ReadonlyMap<string, unknown> {
    return this.contents.entries;
  }

  /** Adds changes to the state, which then is that of `revision`. Returns once that is on disk; a failure changes nothing. */
  async append(changes: readonly Change[], revision: number): Promise<void> {
    if (this.changes === undefined) throw new Error("there is no state to add to before the first replace");
    await this.changes.append(changes, revision);
    for (const { key, value } of changes) applyTo(this.contents.entries, key, value);
    this.contents.revision = revision;
    await this.compactIfWorthIt(this.changes);
  }

  /** Puts another state in the place of the present one. Returns once that is on disk; a failure changes nothing. */
  async replace(entries: Map<string, unknown>, revision: number): Promise<void> {
    await this.endCompaction();
    const contents: Contents = { entries, revision };
    const { directory, owner } = this.options;
    const next = this.generation + 1;
    // The log first: a snapshot without its log would be continued by none, but a log without its snapshot counts for nothing.
    const changes = await ChangeLog.open(fileOf(directory, "changes", next));
    const bytes = await writeSnapshot(fileOf(directory, "snapshot", next), owner, pictureOf(contents)).catch(
      async (error: unknown) => {
        await changes.close();
        throw error;
      },
    );
    await this.changes?.close();
    Object.assign(this, { contents, changes, generation: next, snapshotBytes: bytes });
    await this.removeBefore(next);
  }

  /** Waits for a compaction under way, if any. */
  async settled(): Promise<void> {
    await this.compaction?.done;
  }

  /** Ends writing and frees the directory. What was appended is on disk already. */
  async close(): Promise<void> {
    await this.endCompaction();
    await this.changes?.close();
    this.changes = undefined;
    await this.unlock();
  }

  private async adopt(loaded: Loaded): Promise<void> {
    this.changes = await ChangeLog.open(fileOf(this.options.directory, "changes", loaded.generation), loaded.logBytes);
    this.contents = loaded.contents;
    this.generation = loaded.generation;
    this.snapshotBytes = loaded.snapshotBytes;
  }

  private async compactIfWorthIt(changes: ChangeLog): Promise<void> {
    const { directory, log, minCompactionBytes = MIN_COMPACTION_BYTES } = this.options;
    const isWorthIt = changes.bytes > Math.max(this.snapshotBytes, minCompactionBytes);
    if (!isWorthIt || this.compaction !== undefined) return;
    try {
      const next = await ChangeLog.open(fileOf(directory, "changes", this.generation + 1));
      await syncDirectory(directory);
      this.changes = next;
      this.generation++;
      await changes.close();
    } catch (error) {
      log.error({ err: error, directory }, "no new change log can be begun; the present one grows on");
      return;
    }
    const abort = new AbortController();
    this.compaction = { abort, done: this.compact(this.generation, abort.signal) };
  }

  /** Never rejects: without a new snapshot the old one and its logs go on being the state. */
  private async compact(generation: number, signal: AbortSignal): Promise<void> {
    const { directory, owner, log } = this.options;
    try {
      const path = fileOf(directory, "snapshot", generation);
      const bytes = await writeSnapshot(path, owner, pictureOf(this.contents), signal);
      if (bytes === undefined) return;
      this.snapshotBytes = bytes;
      await this.removeBefore(generation);
    } catch (error) {
      log.error({ err: error, directory }, "no new snapshot can be written; the old one and its change logs are kept");
    } finally {
      this.compaction = undefined;
    }
  }

  private async removeBefore(generation: number): Promise<void> {
    const { directory, log } = this.options;
    try {
      await removeAllBut(directory, (_, other) => other >= generation);
    } catch (error) {
      log.warn({ err: error, directory }, "files of an older state cannot be removed; the next start tries again");
    }
  }

  private async endCompaction(): Promise<void> {
    this.compaction?.abort.abort();
    await this.compaction?.done;
  }
}

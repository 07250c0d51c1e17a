/** A change log: batches of changes after a snapshot, each on disk before anybody is told of it. */
import { open, type FileHandle } from "node:fs/promises";
import type { Change } from "../driver";
import { encodeRecord, readRecords, type Extent } from "./records";
import type { Contents } from "./snapshot";

/** One batch: what it sets (`null`: deletes), and the revision that the state has with it. */
interface Batch {
  readonly revision: number;
  readonly changes: readonly (readonly [key: string, value: unknown])[];
}

/** A log open for appending, by one caller at a time. */
export class ChangeLog {
  private isTorn = false;

  private constructor(
    private readonly handle: FileHandle,
    private length: number,
  ) {}

  /** Opens a log, creating it if need be, and cuts off whatever follows its first `length` bytes. */
  static async open(path: string, length = 0): Promise<ChangeLog> {
    const handle = await open(path, "a", 0o600);
    const { size } = await handle.stat();
    if (size > length) {
      await handle.truncate(length);
      await handle.sync();
    }
    return new ChangeLog(handle, length);
  }

  get bytes(): number {
    return this.length;
  }

  /** Returns once the batch is on disk. After a failure nothing of it counts, and it may be appended again. */
  async append(changes: readonly Change[], revision: number): Promise<void> {
    const batch: Batch = { revision, changes: changes.map(({ key, value }) => [key, value]) };
    const record = Buffer.from(encodeRecord(batch));
    if (this.isTorn) await this.handle.truncate(this.length);
    // What a failed write or sync left behind is written anew: the kernel may have dropped it, and say so only once.
    this.isTorn = true;
    await this.handle.appendFile(record);
    await this.handle.datasync();
    this.isTorn = false;
    this.length += record.length;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** Brings contents forward by a log, up to its first damage, if any. */
export async function replay(path: string, contents: Contents): Promise<Extent> {
  return await readRecords(path, (record) => {
    const { revision, changes } = record as Batch;
    for (const [key, value] of changes) applyTo(contents.entries, key, value);
    contents.revision = revision;
  });
}

export function applyTo(entries: Map<string, unknown>, key: string, value: unknown): void {
  if (value === null) entries.delete(key);
  else entries.set(key, value);
}

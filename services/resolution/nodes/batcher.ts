/** Writes that are done together: at once while nothing is being written, otherwise with all that come meanwhile. */
import { Problem } from "../../contracts/problems";

/** Most that are written in one transaction, and most that wait for their turn. */
const BATCH = 1_000;
const PENDING = 20_000;
const RETRY_AFTER_SECONDS = 5;

interface Pending<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher<T, R> {
  private readonly pending: Pending<T, R>[] = [];
  private writing: Promise<void> | undefined;

  /** `write` gets up to a thousand items in the order they came, and gives one result for each. */
  constructor(private readonly write: (items: readonly T[]) => Promise<readonly R[]>) {}

  /** Resolves once it is written. Throws `store-unavailable` where too much waits already. */
  add(item: T): Promise<R> {
    if (this.pending.length >= PENDING) {
      const message = `${PENDING} reports of nodes wait to be written: try again`;
      return Promise.reject(new Problem("store-unavailable", message, RETRY_AFTER_SECONDS));
    }
    return new Promise((resolve, reject) => {
      this.pending.push({ item, resolve, reject });
      this.writing ??= this.writeAll();
    });
  }

  /** Resolves when nothing is left to write. */
  async drain(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    // What came in the same turn goes together.
    await Promise.resolve();
    while (this.pending.length > 0) await this.writeBatch(this.pending.splice(0, BATCH));
    this.writing = undefined;
  }

  private async writeBatch(batch: readonly Pending<T, R>[]): Promise<void> {
    try {
      const results = await this.write(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => resolve(results[index] as R));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

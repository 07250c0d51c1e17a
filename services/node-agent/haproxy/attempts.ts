/** Work that is repeated until it succeeds, or until the driver is stopped. */
import type { Backoff } from "../../contracts/follow/backoff";
import { persistently } from "../agent/persistently";
import type { Log } from "../log";

/** Between attempts, from a hiccup to a restart. */
const BACKOFF: Backoff = { baseMs: 50, maxMs: 2_000 };

export class Attempts {
  private readonly stopping = new AbortController();

  constructor(private readonly log: Log) {}

  /** Repeats work until it succeeds. Rejects when it was stopped before. */
  async at(what: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    const attempt = async () => {
      signal.throwIfAborted();
      await work();
    };
    await persistently(what, attempt, { signal, backoff: BACKOFF, log: this.log, onFailure: () => undefined });
  }

  /** What is under way is the last attempt. */
  stop(): void {
    this.stopping.abort(new Error("the driver was stopped"));
  }
}

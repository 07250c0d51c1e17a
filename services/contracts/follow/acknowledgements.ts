/** Telling the control API what a node has applied: one request at a time, always the latest, until it is taken. */
import { setTimeout as delay } from "node:timers/promises";
import { backoffMs, type Backoff } from "./backoff";

/** Most users in one acknowledgement: the contract's. */
const MAX_REQUESTED = 10_000;

/** What is told. */
export interface Progress {
  readonly revision: number;
  /** Edges: users with a tombstone here who were asked for since the last acknowledgement. */
  readonly requested?: readonly string[];
}

export class Acknowledgements {
  private revision = 0;
  /** Users who were asked for; no more of them than the node has tombstones. */
  private readonly requested = new Set<string>();
  private due = false;
  private sending: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  /** `send` ends in time; what it could not send is sent again, or what has come to be the latest by then. */
  constructor(
    private readonly send: (progress: Progress) => Promise<void>,
    private readonly backoff: Backoff,
  ) {}

  /** The last revision that was reported, which need not have been sent. */
  get latest(): number {
    return this.revision;
  }

  report(revision: number, requested: Iterable<string> = []): void {
    this.revision = revision;
    for (const user of requested) this.requested.add(user);
    this.repeat();
  }

  /** Sends the latest once more: a sign of life. */
  repeat(): void {
    if (this.stopping.signal.aborted) return;
    this.due = true;
    this.sending ??= this.sendAll();
  }

  /** Sends no more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.sending;
  }

  private async sendAll(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; this.due && !signal.aborted;) {
      const users = [...this.requested].slice(0, MAX_REQUESTED);
      this.due = false;
      try {
        await this.send({ revision: this.revision, ...(users.length > 0 && { requested: users }) });
        failures = 0;
        for (const user of users) this.requested.delete(user);
        this.due ||= this.requested.size > 0;
      } catch {
        this.due = true;
        await delay(backoffMs(++failures, this.backoff), undefined, { signal }).catch(() => undefined);
      }
    }
    this.sending = undefined;
  }
}

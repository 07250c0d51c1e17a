/** What one follower is sent: decides, for where it stands, between memory, the store, a heartbeat and starting anew. */
import type { FeedEntry, FeedLine } from "../../contracts/feed";
import type { Page } from "./reads";
import type { FeedRing } from "./ring";
import type { Wakeup } from "./wakeup";

/** Entries given out at once: bounds what a follower that does not read keeps in memory. */
export const BATCH_ENTRIES = 500;

/** What a subscription sees of its hub. */
export interface Source {
  readonly ring: FeedRing;
  /** Most entries given out at once. */
  readonly batchEntries: number;
  /** Fires when the ring got entries, when the store is back, and when the timeline changed. */
  readonly changes: Wakeup;
  /** Revision up to which the ring is filled; none before the store was first read. */
  head(): number | undefined;
  /** Whether the head was the store's own a moment ago, and everything up to it is in the ring. */
  current(): boolean;
  /** Grows when the store turns out to be another one, as after a restore from a backup. */
  timeline(): number;
  readonly heartbeatMs: number;
  /** Reads from the store when it is this follower's turn; nothing when it cannot be read. */
  readPage(after: number, signal: AbortSignal): Promise<Page | undefined>;
}

export class Subscription {
  /** Everything up to here has been sent. */
  private cursor: number;
  /** Whether the follower has been told so. */
  private told = false;
  /** Whether the store had nothing more when it was last asked. */
  private exhausted = false;
  /**
   * The store's head when a page was read last. What memory holds may be older: of an entry that was overtaken in between the follower
   * has neither value, so nothing is live before memory has come as far.
   */
  private storeHead = 0;
  /** Deletions up to here are of no concern: the follower began after they were gone, and with nothing. */
  private baseline = 0;
  private timeline: number;

  constructor(
    private readonly source: Source,
    after: number,
    private readonly signal: AbortSignal,
  ) {
    this.cursor = after;
    this.timeline = source.timeline();
  }

  /** Lines as they come; an empty batch is a heartbeat without promise. Ends when the signal aborts. */
  async *lines(): AsyncGenerator<FeedLine[], void> {
    while (!this.signal.aborted) {
      // Before anything is looked at, so that a change meanwhile is not slept through.
      const seen = this.source.changes.changes;
      const lines = this.mustRead() ? yield* this.fromStore() : this.fromMemory();
      if (lines.length > 0) yield lines;
      else if ((await this.source.changes.wait(seen, this.source.heartbeatMs, this.signal)) === "timeout")
        yield this.heartbeat();
    }
  }

  private mustRead(): boolean {
    const { source, cursor } = this;
    if (source.timeline() !== this.timeline || cursor < source.ring.floor) return true;
    // Ahead of memory is a follower that has just read the store to its end, one that is still reading, or one from elsewhere.
    return cursor > (source.head() ?? -1) && !this.exhausted;
  }

  /** What the ring has after the cursor, and `live` at its end. Nothing when there is nothing to tell. */
  private fromMemory(): FeedLine[] {
    const { ring, batchEntries } = this.source;
    const entries = ring.after(this.cursor, batchEntries);
    if (entries.length === batchEntries) return this.advance(entries, lastOf(entries));
    const reached = Math.max(this.cursor, this.source.head() ?? 0);
    const live = this.source.current() && reached >= this.storeHead;
    if (entries.length > 0 || !this.told) return this.advance(entries, reached, live);
    // Nothing of this scope: that the head has moved on is told with the next heartbeat.
    this.cursor = reached;
    return [];
  }

  /** The next page from the store; until it is read, heartbeats. */
  private async *fromStore(): AsyncGenerator<FeedLine[], FeedLine[]> {
    if (this.timeline !== this.source.timeline()) return this.reset();
    const page = yield* this.page();
    if (page === undefined) return [];
    if (this.cursor === 0) this.baseline = page.pruned;
    if (this.cursor > page.head || page.pruned > Math.max(this.cursor, this.baseline)) return this.reset();
    this.exhausted = page.complete;
    this.storeHead = page.head;
    if (page.complete) return this.advance(page.entries, Math.max(this.cursor, page.head), true);
    return this.advance(page.entries, lastOf(page.entries));
  }

  private async *page(): AsyncGenerator<FeedLine[], Page | undefined> {
    const { source, signal } = this;
    if (source.head() === undefined) return undefined;
    const reading = source.readPage(this.cursor, signal);
    while ((await settled(reading, source.heartbeatMs, signal)) === "timeout") yield [];
    return signal.aborted ? undefined : await reading;
  }

  private advance(entries: readonly FeedEntry[], reached: number, live = false): FeedLine[] {
    this.cursor = reached;
    this.told = live;
    return live ? [...entries, { type: "live", revision: reached }] : [...entries];
  }

  private reset(): FeedLine[] {
    this.timeline = this.source.timeline();
    this.cursor = 0;
    this.told = false;
    this.exhausted = false;
    this.storeHead = 0;
    return [{ type: "reset" }];
  }

  private heartbeat(): FeedLine[] {
    if (this.mustRead()) return [];
    this.told = false;
    return this.fromMemory();
  }
}

function lastOf(entries: readonly FeedEntry[]): number {
  return entries.at(-1)?.revision ?? 0;
}

/** Waits for the end of work that never rejects, a bounded time. */
function settled(work: Promise<unknown>, timeoutMs: number, signal: AbortSignal): Promise<"settled" | "timeout"> {
  return new Promise((resolve) => {
    const end = (how: "settled" | "timeout") => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onSettled);
      resolve(how);
    };
    const onSettled = () => end("settled");
    const timer = setTimeout(() => end("timeout"), timeoutMs);
    signal.addEventListener("abort", onSettled);
    void work.then(onSettled);
  });
}

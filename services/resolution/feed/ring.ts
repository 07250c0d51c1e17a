/** The latest entries of one scope, in memory: what followers who keep up are served from. */
import type { FeedEntry } from "../../contracts/feed";

/** Entries per scope: with entries of some 200 bytes about a megabyte, and several batches of an evacuation. */
export const RING_ENTRIES = 4096;

export class FeedRing {
  private entries: FeedEntry[] = [];

  /** It has every entry of its scope after revision `floor`. */
  constructor(
    private from: number,
    private readonly capacity = RING_ENTRIES,
  ) {}

  get floor(): number {
    return this.from;
  }

  /** Adds entries that follow the last one. When it is full, the older half goes. */
  push(entries: readonly FeedEntry[]): void {
    for (const entry of entries) {
      if (this.entries.length === this.capacity) {
        const dropped = this.entries.splice(0, Math.ceil(this.capacity / 2));
        this.from = dropped.at(-1)?.revision ?? this.from;
      }
      this.entries.push(entry);
    }
  }

  /** Forgets everything and begins after `revision`. */
  restart(revision: number): void {
    this.entries = [];
    this.from = revision;
  }

  /** The next entries after a revision that is not below the floor, at most `limit`. */
  after(revision: number, limit: number): FeedEntry[] {
    const start = this.firstAfter(revision);
    return this.entries.slice(start, start + limit);
  }

  private firstAfter(revision: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.revision ?? Infinity) <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

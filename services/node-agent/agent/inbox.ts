/**
 * What has come of the feed and is not in force yet. Pure.
 *
 * Changes of one user or domain replace each other while they wait, so that a driver that was busy catches up with the latest state
 * only, but not across a change that concerns all of them: the feed's order says what must be true before a default cluster changes.
 * After a `reset`, and in an agent that is new, entries are collected aside until the feed says that they are whole: a state with
 * holes is neither kept nor put in force.
 */
import { parseKey, type FeedLine } from "../../contracts/feed";
import type { Change } from "../driver";
import { SharedValues } from "./shared-values";

/** What is to be done next. */
export type Work = ({ readonly type: "changes"; readonly changes: readonly Change[] } | WholeState) & {
  /**
   * Revision that the node may acknowledge once it is done: that of the last `live` line. Entries may be of later ones, but among those
   * that have come some may be missing which were overtaken by still later ones.
   */
  readonly revision: number;
};

/** A state that takes the place of any before it. */
interface WholeState {
  readonly type: "state";
  readonly entries: Map<string, unknown>;
}

/** Changes that wait at most, before the feed has to; whatever one delivery has beyond is taken, too. */
export const MAX_WAITING_CHANGES = 10_000;

export class Inbox {
  private changes: Change[] = [];
  /** Where in `changes` a key's next one may go. */
  private readonly places = new Map<string, number>();
  private state: (WholeState & { readonly revision: number }) | undefined;
  /** Entries of a state of which not all have come yet. */
  private collected: Map<string, unknown> | undefined;
  private readonly values = new SharedValues();
  /** Revision of the last `live` line, and the one that was handed out. */
  private whole: number;
  private handedOut: number;

  /** Starts behind a state of that revision, or without one. */
  constructor(private received: number | undefined) {
    this.whole = received ?? 0;
    this.handedOut = this.whole;
    if (received === undefined) this.collect();
  }

  /** Revision from which the feed is to go on: everything up to it has come. */
  get position(): number {
    return this.received ?? 0;
  }

  /** Whether the feed has to wait. */
  get isFull(): boolean {
    return this.changes.length >= MAX_WAITING_CHANGES;
  }

  /** How many changes wait. */
  get size(): number {
    return this.changes.length + (this.state?.entries.size ?? 0);
  }

  take(line: FeedLine): void {
    switch (line.type) {
      case "reset":
        return this.collect();
      case "entry":
        // A connection that was given up may have told it already.
        if (line.revision > this.position) this.enter(line);
        return;
      case "live":
        this.received = this.collected === undefined ? Math.max(this.position, line.revision) : line.revision;
        this.whole = this.received;
        return this.complete();
    }
  }

  /** Hands out what is to be done next, all at once; nothing where nothing has come. */
  next(): Work | undefined {
    if (this.state !== undefined) {
      const state = this.state;
      this.state = undefined;
      this.handedOut = state.revision;
      return state;
    }
    if (this.collected !== undefined) return undefined;
    if (this.changes.length === 0 && this.whole === this.handedOut) return undefined;
    const changes = this.changes;
    this.forget();
    this.handedOut = this.whole;
    return { type: "changes", changes, revision: this.whole };
  }

  private collect(): void {
    this.collected = new Map();
    this.received = 0;
    this.whole = 0;
    this.handedOut = 0;
    this.forget();
    this.state = undefined;
  }

  private enter({ revision, key, value: told }: Extract<FeedLine, { type: "entry" }>): void {
    const value = this.values.share(told);
    this.received = revision;
    if (this.collected === undefined) this.wait({ key, value, revision });
    else if (value === null) this.collected.delete(key);
    else this.collected.set(key, value);
  }

  private wait(change: Change): void {
    const place = this.places.get(change.key) ?? this.changes.length;
    this.changes[place] = change;
    if (concernsAll(change.key)) this.places.clear();
    else this.places.set(change.key, place);
  }

  private forget(): void {
    this.changes = [];
    this.places.clear();
  }

  private complete(): void {
    if (this.collected === undefined) return;
    this.state = { type: "state", entries: this.collected, revision: this.position };
    this.collected = undefined;
  }
}

/** Whether it matters for other keys what is in force before and after. */
function concernsAll(key: string): boolean {
  const { kind } = parseKey(key);
  return kind === "zone" || kind === "cluster";
}

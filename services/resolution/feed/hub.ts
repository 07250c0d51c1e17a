/**
 * The feed within one replica of the control API: one connection listens for commits, one query per notification reads what
 * is new for all scopes that are followed, and every follower takes it from there at its own pace.
 */
import type { Pool } from "pg";
import { HEARTBEAT_SECONDS, type FeedLine, type Scope } from "../../contracts/feed";
import { FeedListener } from "./listener";
import { readPage, readTail, type Page, type Tail } from "./reads";
import { FeedRing, RING_ENTRIES } from "./ring";
import { Slots } from "./slots";
import { BATCH_ENTRIES, Subscription, type Source } from "./subscription";
import { Wakeup } from "./wakeup";

/** Entries read at once for all scopes together. */
const TAIL_ENTRIES = 2_000;
/** Followers that read the store at once, so that a thousand who come back leave connections of the pool to others. */
const READERS = 3;

/** What the hub reports; a logger of Fastify's fits. */
export interface HubLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface HubOptions {
  /** For followers that are behind; the connection that listens is one more, with the pool's settings. */
  readonly pool: Pool;
  readonly log?: HubLog;
  readonly heartbeatMs?: number;
  /** Entries kept in memory per scope. Default {@link RING_ENTRIES}. */
  readonly ringEntries?: number;
  /** Entries read at once for all scopes together. Default {@link TAIL_ENTRIES}. */
  readonly tailEntries?: number;
  /** Entries given to a follower at once. Default {@link BATCH_ENTRIES}. */
  readonly batchEntries?: number;
}

/** How the hub stands. */
export interface HubState {
  /** Revision up to which it has read the feed; none before the first read. */
  readonly head: number | undefined;
  /** Whether that was the store's own a moment ago. */
  readonly current: boolean;
  readonly followers: number;
}

interface Channel {
  readonly ring: FeedRing;
  readonly changes: Wakeup;
  followers: number;
}

export class FeedHub {
  private readonly listener: FeedListener;
  private readonly readers = new Slots(READERS);
  private readonly channels = new Map<Scope, Channel>();
  private readonly subscribers = new Set<AbortController>();
  private readonly stopper = new AbortController();
  private readonly heartbeatMs: number;
  private readonly tailEntries: number;
  private readonly batchEntries: number;
  private head: number | undefined;
  private timeline = 0;
  /** When the head was the store's own; never while there is more to read. */
  private currentAt = -Infinity;
  private poll: NodeJS.Timeout | undefined;
  private refreshing = false;
  private again = false;
  private running = false;

  constructor(private readonly options: HubOptions) {
    this.heartbeatMs = options.heartbeatMs ?? HEARTBEAT_SECONDS * 1000;
    this.tailEntries = options.tailEntries ?? TAIL_ENTRIES;
    this.batchEntries = options.batchEntries ?? BATCH_ENTRIES;
    this.listener = new FeedListener(options.pool.options, {
      onListening: () => {
        options.log?.info({}, "feed: listening to the store");
        this.currentAt = -Infinity;
        this.refresh();
      },
      onNotification: () => this.refresh(),
      onLost: (error) => options.log?.warn({ err: error }, "feed: the store is away; followers wait"),
    });
  }

  /** Begins; without a store followers wait for it. */
  start(): void {
    this.running = true;
    this.listener.start();
    // A notification that got lost costs one heartbeat, and a connection that died silently is noticed.
    this.poll = setInterval(() => this.refresh(), this.heartbeatMs);
    this.poll.unref();
  }

  /** Ends every subscription, for good. */
  async stop(): Promise<void> {
    this.running = false;
    this.stopper.abort();
    clearInterval(this.poll);
    for (const subscriber of this.subscribers) subscriber.abort();
    await this.listener.stop();
  }

  /** Aborts when the hub stops. */
  get stopping(): AbortSignal {
    return this.stopper.signal;
  }

  get state(): HubState {
    return { head: this.head, current: this.isCurrent(), followers: this.subscribers.size };
  }

  /**
   * Batches of lines for a follower that has everything up to `after`, until the signal aborts or the hub stops. A batch
   * without lines is a heartbeat that promises nothing. Nothing is read ahead of the follower.
   */
  async *subscribe(scope: Scope, after: number, signal: AbortSignal): AsyncGenerator<FeedLine[], void> {
    if (!this.running || signal.aborted) return;
    const ending = new AbortController();
    const end = () => ending.abort();
    signal.addEventListener("abort", end);
    this.subscribers.add(ending);
    const channel = this.join(scope);
    try {
      yield* new Subscription(this.sourceOf(scope, channel), after, ending.signal).lines();
    } finally {
      signal.removeEventListener("abort", end);
      this.subscribers.delete(ending);
      if (--channel.followers === 0) this.channels.delete(scope);
    }
  }

  private join(scope: Scope): Channel {
    const channel = this.channels.get(scope) ?? this.open();
    this.channels.set(scope, channel);
    channel.followers++;
    return channel;
  }

  private open(): Channel {
    const ring = new FeedRing(this.head ?? Infinity, this.options.ringEntries ?? RING_ENTRIES);
    return { ring, changes: new Wakeup(), followers: 0 };
  }

  private sourceOf(scope: Scope, { ring, changes }: Channel): Source {
    return {
      ring,
      changes,
      batchEntries: this.batchEntries,
      heartbeatMs: this.heartbeatMs,
      head: () => this.head,
      current: () => this.isCurrent(),
      timeline: () => this.timeline,
      readPage: (after, signal) => this.readPage(scope, after, signal),
    };
  }

  private async readPage(scope: Scope, after: number, signal: AbortSignal): Promise<Page | undefined> {
    return await this.readers.run(async () => {
      if (signal.aborted || !this.listener.connected) return undefined;
      try {
        return await readPage(this.options.pool, scope, after, this.batchEntries);
      } catch (error) {
        this.options.log?.warn({ err: error, scope, after }, "feed: a page could not be read; trying again");
        return undefined;
      }
    });
  }

  private isCurrent(): boolean {
    return this.listener.connected && performance.now() - this.currentAt < 2 * this.heartbeatMs;
  }

  /** Reads what is new, once for all notifications that come meanwhile. */
  private refresh(): void {
    this.again = true;
    if (!this.refreshing) void this.refreshAll();
  }

  private async refreshAll(): Promise<void> {
    this.refreshing = true;
    while (this.again && this.listener.connected) {
      this.again = false;
      // Where it fails the listener has given its connection up, and asks for another refresh once it has one.
      await this.refreshOnce().catch(() => undefined);
    }
    this.refreshing = false;
  }

  private async refreshOnce(): Promise<void> {
    const wasCurrent = this.isCurrent();
    const followed = new Map(this.channels);
    const after = this.head ?? Infinity;
    const query = this.listener.query.bind(this.listener) as Pool["query"];
    const tail = await readTail(
      query,
      [...followed.keys()],
      Math.min(after, Number.MAX_SAFE_INTEGER),
      this.tailEntries,
    );
    if (tail.head < after) this.begin(tail.head);
    else this.extend(tail, followed);
    const isBehind = this.head !== tail.head;
    this.currentAt = isBehind ? -Infinity : performance.now();
    this.again ||= isBehind;
    if (!wasCurrent) this.wakeAll();
  }

  /** Starts at a head that is not a continuation: at the first read, and where the store is an older one. */
  private begin(head: number): void {
    if (this.head !== undefined) {
      this.timeline++;
      this.options.log?.warn({ from: this.head, to: head }, "feed: the store went back; every follower starts anew");
    }
    this.head = head;
    for (const { ring } of this.channels.values()) ring.restart(head);
    this.wakeAll();
  }

  private extend(tail: Tail, followed: ReadonlyMap<Scope, Channel>): void {
    this.head = tail.reached;
    for (const [scope, channel] of this.channels) {
      // Who came while it was read, or lacks deletions that are gone, has nothing that leads up to here.
      if (followed.get(scope) !== channel || tail.pruned.has(scope)) {
        channel.ring.restart(tail.reached);
        channel.changes.fire();
        continue;
      }
      const entries = tail.entries.get(scope);
      if (entries === undefined) continue;
      channel.ring.push(entries);
      channel.changes.fire();
    }
  }

  private wakeAll(): void {
    for (const { changes } of this.channels.values()) changes.fire();
  }
}

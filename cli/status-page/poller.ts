/** Looks at the control API again and again, at a bounded rate, for all who watch the page; for nobody, not at all. */
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds from one look's end to the next one's begin. */
export interface Intervals {
  readonly calm: number;
  /** While a move that somebody asked for is under way: phases last fractions of a second. */
  readonly busy: number;
  readonly away: number;
}

export const INTERVALS: Intervals = { calm: 2_000, busy: 500, away: 2_000 };

/** What is known of the control API. */
export interface View<T> {
  /** The last picture, and when it was taken, in milliseconds of `now`. None before the first. */
  readonly picture?: { readonly value: T; readonly takenAt: number };
  /** None while the control API answers. */
  readonly away?: { readonly since: number; readonly message: string };
}

export interface PollerOptions<T> {
  /** Takes a picture. It ends in time by itself; what it throws is told as the reason why the control API is away. */
  readonly look: () => Promise<T>;
  readonly isBusy: () => boolean;
  readonly intervals?: Intervals;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

type Listener<T> = (view: View<T>) => void;

export class Poller<T> {
  private current: View<T> = {};
  private readonly listeners = new Set<Listener<T>>();
  private looking = false;
  private hurry = new AbortController();
  private readonly stopped = new AbortController();
  private readonly intervals: Intervals;
  private readonly now: () => number;

  constructor(private readonly options: PollerOptions<T>) {
    this.intervals = options.intervals ?? INTERVALS;
    this.now = options.now ?? (() => performance.now());
  }

  get view(): View<T> {
    return this.current;
  }

  /** Looks now, whether anybody watches or not. Rejects with what the look throws, after taking note of it. */
  async lookOnce(): Promise<void> {
    try {
      const value = await this.options.look();
      this.tell({ picture: { value, takenAt: this.now() } });
    } catch (error) {
      const since = this.current.away?.since ?? this.now();
      const { picture } = this.current;
      this.tell({ ...(picture && { picture }), away: { since, message: (error as Error).message } });
      throw error;
    }
  }

  /** Tells of every look from now on; the function that it returns ends that. The looking ends when nobody is left. */
  watch(listener: Listener<T>): () => void {
    this.listeners.add(listener);
    if (!this.looking) void this.lookOn();
    return () => void this.listeners.delete(listener);
  }

  /** Something was changed: the next look is due after the busy interval at the latest. */
  hasten(): void {
    this.hurry.abort();
  }

  /** Ends the looking for good; a look that is under way ends by itself. */
  stop(): void {
    this.listeners.clear();
    this.stopped.abort();
  }

  /** One at a time, however often watchers come and go. */
  private async lookOn(): Promise<void> {
    this.looking = true;
    while (this.listeners.size > 0) {
      await this.lookOnce().catch(() => undefined);
      await this.pause();
    }
    this.looking = false;
  }

  /** The busy interval, and the rest of a longer one unless somebody is in a hurry. */
  private async pause(): Promise<void> {
    const { calm, busy, away } = this.intervals;
    const interval = this.current.away !== undefined ? away : this.options.isBusy() ? busy : calm;
    await rest(Math.min(busy, interval), this.stopped.signal);
    await rest(interval - busy, AbortSignal.any([this.stopped.signal, this.hurry.signal]));
    if (this.hurry.signal.aborted) this.hurry = new AbortController();
  }

  private tell(view: View<T>): void {
    this.current = view;
    for (const listener of this.listeners) listener(view);
  }
}

/** Waits, or not so long when the signal comes. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds > 0) await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Waiting of requests: how many may, and for what. */
import { Refusal } from "./refusal";

export interface RoomLimits {
  readonly perUser: number;
  readonly inAll: number;
}

/** Seconds after which there may be room again. */
const RETRY_SECONDS = 2;

/** Counts requests that wait; bodies stay with their senders meanwhile, so each costs little more than its headers. */
export class WaitingRoom {
  private readonly ofUsers = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: RoomLimits) {}

  /** Requests that wait now. */
  get size(): number {
    return this.total;
  }

  /** Takes a place and returns what gives it back. Throws a Refusal where there is none. */
  enter(user: string): () => void {
    const own = this.ofUsers.get(user) ?? 0;
    if (own >= this.limits.perUser || this.total >= this.limits.inAll) {
      throw new Refusal("too-many-held", "too many requests wait already", RETRY_SECONDS);
    }
    this.ofUsers.set(user, own + 1);
    this.total++;
    return () => this.leave(user);
  }

  private leave(user: string): void {
    this.total--;
    const left = (this.ofUsers.get(user) ?? 0) - 1;
    if (left > 0) this.ofUsers.set(user, left);
    else this.ofUsers.delete(user);
  }
}

/** Resolves when it is woken or the signal is aborted, whichever comes first. `listen` does not call back at once, and returns what ends it. */
export async function wokenOrAborted(signal: AbortSignal, listen: (wake: () => void) => () => void): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const wake = () => {
      signal.removeEventListener("abort", wake);
      end();
      resolve();
    };
    const end = listen(wake);
    signal.addEventListener("abort", wake);
  });
}

/** Resolves when the promise does or the signal is aborted. */
export async function settledOrAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  await wokenOrAborted(signal, (wake) => {
    void promise.then(wake, wake);
    return () => undefined;
  });
}

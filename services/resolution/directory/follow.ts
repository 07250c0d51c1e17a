/** Keeping a directory on the feed of its own replica. */
import { setTimeout as delay } from "node:timers/promises";
import type { FeedLine, Scope } from "../../contracts/feed";
import type { Directory } from "./directory";

/** The feed within the replica, as the hub has it. */
export interface FeedSource {
  subscribe(scope: Scope, after: number, signal: AbortSignal): AsyncIterable<FeedLine[]>;
  /** How it stands: `current` is false once the store has been away for longer than a heartbeat or two. */
  readonly state: { readonly current: boolean };
}

/** Milliseconds until a subscription that has ended is made anew. The hub itself waits for the store; this is for its faults. */
const RETRY_MS = 500;

/** Follows until the signal aborts, then resolves. */
export async function followDirectory(
  directory: Directory,
  feed: FeedSource,
  signal: AbortSignal,
  onError: (error: unknown) => void = () => undefined,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const lines of feed.subscribe("directory", directory.position, signal)) {
        for (const line of lines) directory.apply(line);
        if (!feed.state.current) directory.disconnected();
      }
    } catch (error) {
      onError(error);
    }
    directory.disconnected();
    await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

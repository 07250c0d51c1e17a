/** What an agent is made of, and how long it waits for what. */
import type { FeedLine } from "../../contracts/feed";
import type { Backoff } from "../../contracts/follow/backoff";
import type { FeedFollower } from "../../contracts/follow/follower";
import type { Driver } from "../driver";
import type { Log } from "../log";
import type { AgentMetrics } from "../metrics";
import type { DurableState } from "../state";

/** Where the feed comes from: {@link FeedFollower}, as the agent uses it. */
export type Feed = Pick<FeedFollower, "start" | "stop" | "leave" | "acknowledge">;

/** From a short hiccup to a restart of what is driven, which takes seconds. */
export const RETRY: Backoff = { baseMs: 100, maxMs: 5_000 };
/** Long enough for what one update to a large zone takes. */
export const DRAIN_MS = 5_000;

/** Times are in milliseconds, but for one. */
export interface AgentOptions {
  readonly state: DurableState;
  readonly driver: Driver;
  /** Makes the feed's follower, given where it goes on and what takes its lines. */
  readonly feed: (position: () => number, take: (lines: readonly FeedLine[]) => Promise<void>) => Feed;
  readonly reconcileSeconds: number;
  readonly log: Log;
  readonly metrics: AgentMetrics;
  /** Waits between attempts. Default {@link RETRY}. */
  readonly backoff?: Backoff;
  /** How often the driver is asked who was asked for. Default: requested-users.ts. */
  readonly requestedMs?: number;
  /** How long what is under way may go on when the agent stops. Default {@link DRAIN_MS}. */
  readonly drainMs?: number;
  /** After which a new node serves though it was told no state: {@link UNTOLD_MS}. Default: never. */
  readonly untoldMs?: number | undefined;
  /** How long a node that leaves waits for what it drives to end. Default: not at all. */
  readonly outlastMs?: number | undefined;
}

/**
 * A new machine of a cluster waits for so long to be told a state, in milliseconds. Then it serves without: a cluster whose
 * machines are all new must not wait for the control plane, which may be made after it.
 */
export const UNTOLD_MS = 30_000;

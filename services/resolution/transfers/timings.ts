/** How long transfers wait for what. One object, so that every bound is in sight and tests can shorten all of them. */

/** Seconds are of the service clock, which stands still while no driver runs. */
export interface TransferTimings {
  /** How long resolvers may keep an answer: the zone's TTL. */
  readonly ttlSeconds: number;
  /** What is added to the TTL, for resolvers that stretch it a little. */
  readonly graceSeconds: number;
  /** Longest that nodes are waited for in each phase; what follows then differs by phase and mode: docs/transfers.md. */
  readonly phaseSeconds: Readonly<Record<WaitingPhase, number>>;
  /** A tombstone goes when its edges have had no request for the user for this long. */
  readonly quietSeconds: number;
  /** Longest that tombstones are kept for clients that keep coming, from when the last DNS node has published. */
  readonly maxSettleSeconds: number;
}

/** Phases that end when nodes have acknowledged. */
export const WAITING_PHASES = ["accepting", "forwarding", "stopping", "publishing", "aborting"] as const;
export type WaitingPhase = (typeof WAITING_PHASES)[number];

/** What the environment's configuration says, and reasoned defaults for the rest. */
export function transferTimings(
  environment: Pick<TransferTimings, "ttlSeconds" | "graceSeconds">,
  overrides: Partial<TransferTimings> = {},
): TransferTimings {
  return {
    // A node that restarts is back within this. Stopping also lets requests in flight finish, for which hosts take up to 30 s.
    phaseSeconds: { accepting: 30, forwarding: 30, stopping: 60, publishing: 30, aborting: 30 },
    // Resolvers that stretch TTLs come back within five minutes as a rule.
    quietSeconds: 300,
    // Resolvers that ignore TTLs were seen to keep answers for hours, hardly for more than a day.
    maxSettleSeconds: 86_400,
    ...environment,
    ...overrides,
  };
}

/** Transfers that are moved on in one transaction. */
export const BATCH_SIZE = 500;
/** A transfer whose step failed is left alone for this long, in milliseconds of the service clock, so that it costs others nothing. */
export const STUCK_RETRY_MS = 10_000;
/** Longest between two looks at what is due, in milliseconds, and so the precision of every wait. */
export const WAKE_MS = 250;
/**
 * Most that one step adds to the service clock, in milliseconds. A process that was stopped and goes on, or a monotonic clock
 * that jumps, can shorten no wait by more than this.
 */
export const CLOCK_STEP_MS = 1_000;

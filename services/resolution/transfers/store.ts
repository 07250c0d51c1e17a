/** What the driver needs of the store. One implementation is PostgreSQL; another, in memory, lets tests run many lives. */
import type { Phase } from "../../contracts/transfers";
import type { Facts, Step, Surroundings } from "./facts";

/**
 * Phases that a step may be due in, most urgent first: in the first three the user's requests wait or are refused, while nobody
 * notices when a transfer settles later. So an evacuation takes the users whom it has begun to move to their new home before it
 * begins with others, however many may be under way.
 */
export const BY_URGENCY = [
  "stopping",
  "forwarding",
  "aborting",
  "publishing",
  "accepting",
  "requested",
  "settling",
] as const satisfies readonly Phase[];

/** A transfer that may have a step to take. */
export interface DueTransfer {
  readonly id: string;
  readonly phase: Phase;
}

/** An evacuation that has not ended. */
export interface OpenEvacuation {
  readonly id: string;
  /** Whether its queued transfers are to be started: it is neither paused nor being aborted. */
  readonly running: boolean;
  /** Transfers started per second, and under way at once. */
  readonly rate: number;
  readonly concurrency: number;
  /** Transfers from accepting to publishing, or being put back. */
  readonly underway: number;
  /** Whether any is still requested. */
  readonly queued: boolean;
}

/** A step breaks a rule of the store, such as that no count is negative. Nothing of its batch was written. */
export class StepsRefused extends Error {
  override readonly name = "StepsRefused";
}

export interface TransferStore {
  /**
   * Adds to the service clock what has passed since it was last advanced, by a monotonic clock and at most
   * {@link CLOCK_STEP_MS}, and returns it.
   */
  advanceClock(): Promise<number>;

  /**
   * Transfers for which the machine may have a step, at most a few batches: those that settle last, those of no evacuation
   * first, then {@link BY_URGENCY}, then whoever has been in their phase for longest, then by user. It may name too many, and
   * leaves out none but those in `except` and requested ones that wait for their evacuation.
   */
  due(nowMs: number, except: readonly string[]): Promise<DueTransfer[]>;

  /**
   * Takes the steps of transfers that are still in `phase`, in one transaction, and returns how many were taken. `decide` is given
   * what the same transaction has read and locked. A transfer that somebody else has locked is left for the next time. Throws
   * {@link StepsRefused}.
   */
  advance(
    phase: Phase,
    ids: readonly string[],
    decide: (facts: Facts, surroundings: Surroundings) => Step | undefined,
  ): Promise<number>;

  openEvacuations(): Promise<OpenEvacuation[]>;

  /** The next transfers of an evacuation that wait to be started, but for those in `except`. */
  queued(evacuation: string, limit: number, except: readonly string[]): Promise<string[]>;

  /** Ends an evacuation if nothing of it is requested or under way any more: `done`, or `aborted` if it was being aborted. */
  endEvacuation(evacuation: string): Promise<void>;
}

/** Trying until it works: what a node has to do does not become unnecessary by failing. */
import { setTimeout as delay } from "node:timers/promises";
import { backoffMs, type Backoff } from "../../contracts/follow/backoff";
import type { Log } from "../log";

export interface Persistence {
  /** Ends the attempts: the one under way is the last. */
  readonly signal: AbortSignal;
  readonly backoff: Backoff;
  readonly log: Log;
  /** Told of each failure. */
  readonly onFailure: () => void;
}

/** The attempts were ended before one succeeded. */
export class GivenUp extends Error {
  override readonly name = "GivenUp";
}

/** Attempts again and again, at growing intervals; `attempt` is told how many failed before. Rejects with {@link GivenUp}. */
export async function persistently<T>(
  what: string,
  attempt: (failures: number) => Promise<T>,
  { signal, backoff, log, onFailure }: Persistence,
): Promise<T> {
  for (let failures = 0; ;) {
    try {
      return await attempt(failures);
    } catch (error) {
      if (signal.aborted) throw new GivenUp(`${what} was given up`, { cause: error });
      failures++;
      onFailure();
      const waitMs = Math.round(backoffMs(failures, backoff));
      log.warn({ err: error, failures, waitMs }, `${what} failed; it is tried again`);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw new GivenUp(`${what} was given up`, { cause: error });
    }
  }
}

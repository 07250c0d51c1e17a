/** Asking the control API again and again while something is under way, and what ends that. */
import { setTimeout as delay } from "node:timers/promises";
import { ServiceError } from "./failure";

/** How long the control API may be away before the command gives up; what it follows goes on meanwhile. */
const PATIENCE_MS = 300_000;
/** Milliseconds between two questions meanwhile, at least. */
const AWAY_INTERVAL_MS = 1_000;

const ABORTED = Symbol("aborted");

export interface Polling {
  /** Milliseconds between two questions. */
  readonly intervalMs: number;
  /** Aborted when the person has had enough. */
  readonly signal: AbortSignal;
  /** Told when the control API goes away, and when it is back. */
  readonly note: (text: string) => void;
}

/**
 * Asks until `ended` says so of an answer, which is returned; undefined when the signal came first. Answers that fail for a
 * passing reason are asked for again, for {@link PATIENCE_MS}; other failures are thrown.
 */
export async function poll<T>(
  ask: () => Promise<T>,
  ended: (answer: T) => boolean,
  { intervalMs, signal, note }: Polling,
): Promise<T | undefined> {
  const aborted = abortOf(signal);
  let awaySince: number | undefined;
  while (!signal.aborted) {
    try {
      const answer = await Promise.race([ask(), aborted]);
      if (answer === ABORTED) break;
      if (awaySince !== undefined) note("the control API answers again");
      awaySince = undefined;
      if (ended(answer)) return answer;
    } catch (error) {
      if (!(error instanceof ServiceError && error.passing)) throw error;
      if (awaySince === undefined) note(`${error.message}; trying again`);
      awaySince ??= Date.now();
      if (Date.now() - awaySince > PATIENCE_MS) throw error;
    }
    const wait = awaySince === undefined ? intervalMs : Math.max(intervalMs, AWAY_INTERVAL_MS);
    await delay(wait, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** Resolves when the signal comes. */
function abortOf(signal: AbortSignal): Promise<typeof ABORTED> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(ABORTED), { once: true }));
}

/** A bound on every answer: a store that hangs, as machines do that are failed over from, is as good as away. */
import { Problem } from "../../contracts/problems";

/** Below the ten seconds that clients wait, so that they are told why, and what to do. */
export const ANSWER_WITHIN_MS = 9_000;
const RETRY_AFTER_SECONDS = 5;

/**
 * The answer, or `store-unavailable` where it takes too long. The work goes on, bounded by the time that statements have:
 * repeated under its idempotency key, a request gets what came of it.
 */
export function inTime<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => reject(tooLate(withinMs)), withinMs);
    void answer.then(resolve, reject).finally(() => clearTimeout(giveUp));
  });
}

function tooLate(withinMs: number): Problem {
  const message =
    `the store did not answer within ${withinMs} ms, and whether anything was changed is not known: try again, ` +
    `with the same idempotency key`;
  return new Problem("store-unavailable", message, RETRY_AFTER_SECONDS);
}

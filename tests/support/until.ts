/** Waiting for a condition instead of for a time. */
import { setTimeout } from "node:timers/promises";

/** Resolves with the first value that is not undefined or false; rejects, naming what was waited for, after `timeoutMs`. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await setTimeout(20);
  }
}

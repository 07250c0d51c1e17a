/** Waiting between attempts: longer each time, up to a bound, and not all at the same moment. */
import { setTimeout as delay } from "node:timers/promises";

const FIRST_MS = 50;
const MAX_MS = 5000;

/** Resolves after half to all of the wait for this many failures in a row, or at once when aborted. */
export async function backOff(failures: number, signal: AbortSignal): Promise<void> {
  const limit = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 16), MAX_MS);
  await delay(limit * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}

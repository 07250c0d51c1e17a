/** How much one caller may ask of one replica, so that none starves the others. */
import type { onRequestHookHandler } from "fastify";
import { Problem } from "../../contracts/problems";

/** Kinds of request that are counted apart. */
export type RateClass = "resolve" | "read" | "write" | "node";

/** Requests per second, replica and caller. */
export type RateLimits = Readonly<Record<RateClass, number>>;

/** One hook per kind of request, to run once the caller is known and before the body is read. */
export type RateLimiters = Readonly<Record<RateClass, onRequestHookHandler>>;

/**
 * One web server resolves for all users: its limit is near what a core can do. Reads and writes are queries, of which
 * PostgreSQL answers some thousands a second. All nodes of a kind in a cluster are one caller: a thousand of them that
 * acknowledge two changes a second.
 */
export const DEFAULT_RATE_LIMITS: RateLimits = { resolve: 10_000, read: 500, write: 500, node: 2_000 };

const WINDOW_MS = 1_000;
const RETRY_AFTER_SECONDS = 1;

/** The limiters of a server. `now`: milliseconds of a monotonic clock; the process's own by default. */
export function rateLimiters(limits: RateLimits, now: () => number = () => performance.now()): RateLimiters {
  return {
    resolve: rateLimiter(limits.resolve, now),
    read: rateLimiter(limits.read, now),
    write: rateLimiter(limits.write, now),
    node: rateLimiter(limits.node, now),
  };
}

/**
 * Counts in windows of a second that begin for all callers at once: a count is a number in a map, which the next window empties.
 * Only callers with a role are counted, so the map is as small as the configuration that names them. No turn of the event loop
 * and no allocation, for every resolution comes through here.
 */
function rateLimiter(max: number, now: () => number): onRequestHookHandler {
  const counts = new Map<string, number>();
  let windowEnd = -Infinity;
  return ({ caller: { email } }, _reply, done) => {
    const time = now();
    if (time >= windowEnd) {
      counts.clear();
      windowEnd = time + WINDOW_MS;
    }
    const count = (counts.get(email) ?? 0) + 1;
    counts.set(email, count);
    done(count > max ? tooMany(max) : undefined);
  };
}

function tooMany(max: number): Problem {
  const message = `more than ${max} requests a second: wait a second, then send fewer`;
  return new Problem("rate-limited", message, RETRY_AFTER_SECONDS);
}

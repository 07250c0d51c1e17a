/** How much one caller may ask of one replica, so that none starves the others. */
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { Problem } from "../../contracts/problems";

/** Kinds of request that are counted apart. */
export type RateClass = "resolve" | "read" | "write" | "node";

/** Requests per second, replica and caller. */
export type RateLimits = Readonly<Record<RateClass, number>>;

/**
 * One web server resolves for all users: its limit is near what a core can do. Reads and writes are queries, of which
 * PostgreSQL answers some thousands a second. All nodes of a kind in a cluster are one caller: a thousand of them that
 * acknowledge two changes a second.
 */
export const DEFAULT_RATE_LIMITS: RateLimits = { resolve: 10_000, read: 500, write: 500, node: 2_000 };

const WINDOW_MS = 1_000;
/** Callers that are remembered; beyond, the least recently seen start anew. */
const REMEMBERED = 10_000;

/** One hook per kind of request, to run once the caller is known and before the body is read. */
export async function rateLimiters(
  app: FastifyInstance,
  limits: RateLimits,
): Promise<Readonly<Record<RateClass, onRequestAsyncHookHandler>>> {
  await app.register(rateLimit, { global: false });
  const limiter = (max: number): onRequestAsyncHookHandler =>
    app.rateLimit({
      max,
      timeWindow: WINDOW_MS,
      cache: REMEMBERED,
      keyGenerator: ({ caller }: FastifyRequest) => caller.email,
      errorResponseBuilder: (_request, { max }) =>
        new Problem("rate-limited", `more than ${max} requests a second: wait a second, then send fewer`, 1),
    });
  return {
    resolve: limiter(limits.resolve),
    read: limiter(limits.read),
    write: limiter(limits.write),
    node: limiter(limits.node),
  };
}

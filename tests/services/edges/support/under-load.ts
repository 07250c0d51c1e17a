/** A user's visitors, by HTTP and by WebSocket, who ask DNS once and go there for as long as they visit. */
import { setTimeout as delay } from "node:timers/promises";
import { ZONE } from "../../support/api-replica";
import type { Environment } from "./environment";
import { HttpLoad } from "./http-load";
import { review, type Review } from "./review";
import { WebSocketVisitor, type Session } from "./web-socket-visitor";

const PER_SECOND = 100;

export interface Visited extends Review {
  /** By WebSocket. */
  readonly sessions: readonly Session[];
  /** Attempts to open a WebSocket that were refused. */
  readonly refusals: readonly string[];
}

/** Visits a user's apps before, during and after what happens, `secondsAround` before and after. */
export async function underLoad(
  environment: Environment,
  user: string,
  secondsAround: number,
  happening: () => Promise<unknown>,
): Promise<Visited> {
  const endpoint = await environment.lookUp(user);
  const load = new HttpLoad({ endpoint, host: `echo.${user}.${ZONE}`, perSecond: PER_SECOND });
  const visitor = new WebSocketVisitor(endpoint, `ws.${user}.${ZONE}`);
  try {
    await delay(secondsAround * 1000);
    await happening();
    await delay(secondsAround * 1000);
  } finally {
    await Promise.all([load.stop(), visitor.stop()]);
  }
  const runs = environment.appRuns().filter((run) => run.user === user);
  const reviewed = review(load.visits, runs);
  // A test will fail by it: what the processes said is gone by then.
  if (reviewed.failed.length > 0) process.stderr.write(`${environment.logs()}\n`);
  return { ...reviewed, sessions: visitor.sessions, refusals: visitor.refusals };
}

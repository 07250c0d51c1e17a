/**
 * `make move-demo`: moves a user between two clusters under load by visitors who never ask DNS again. Exits with 1 when a request
 * failed or two clusters ran the user's apps at once, with 130 when it was interrupted.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ZONE } from "../support/api-replica";
import { progress, runDemonstration, stopWhenInterrupted } from "../support/demonstration";
import { Environment } from "./support/environment";
import { HttpLoad } from "./support/http-load";
import { clusterOf, review, type Review } from "./support/review";
import { WebSocketVisitor, type Session } from "./support/web-socket-visitor";

const USER = "ann";
const [SOURCE, DESTINATION] = ["free", "pro"] as const;
const PER_SECOND = 200;
const SECONDS = 30;

interface Outcome {
  readonly review: Review;
  readonly sessions: readonly Session[];
  readonly tombstoned: number;
}

async function main(): Promise<void> {
  progress("starting two clusters, each an edge, a container host and load balancers, and the resolution service");
  const starting = Environment.start({ clusters: [SOURCE, DESTINATION] });
  stopWhenInterrupted(starting);
  const environment = await starting;
  try {
    const outcome = await demonstrate(environment);
    process.stdout.write(report(outcome));
    const { failed, overlapping, unaccounted } = outcome.review;
    if (failed.length + overlapping.length + unaccounted.length > 0) process.exitCode = 1;
  } catch (error) {
    progress(environment.logs());
    throw error;
  } finally {
    await environment.stop();
  }
}

async function demonstrate(environment: Environment): Promise<Outcome> {
  await environment.createUser(USER);
  const endpoint = await environment.lookUp(USER);
  progress(`${USER} lives in ${SOURCE}; DNS says ${endpoint.host}, which is asked from now on`);
  progress(`${PER_SECOND} requests/s for ${SECONDS} s and a WebSocket`);
  const load = new HttpLoad({
    endpoint,
    host: `echo.${USER}.${ZONE}`,
    perSecond: PER_SECOND,
  });
  const visitor = new WebSocketVisitor(endpoint, `ws.${USER}.${ZONE}`);
  await delay((SECONDS * 1000) / 2);
  progress(`moving ${USER} from ${SOURCE} to ${DESTINATION}`);
  const started = performance.now();
  const moving = environment.move(USER, DESTINATION);
  await Promise.all([
    moving.then(() => progress(`moved after ${Math.round(performance.now() - started)} ms`)),
    delay((SECONDS * 1000) / 2),
  ]);
  const [visits, sessions] = [await load.stop(), await visitor.stop()];
  const tombstoned = environment.tombstoned(SOURCE, `echo.${USER}.${ZONE}`);
  const runs = environment.appRuns().filter(({ user }) => user === USER);
  return { review: review(visits, runs), sessions, tombstoned };
}

function report({ review, sessions, tombstoned }: Outcome): string {
  const { requests, failed, overlapping, unaccounted, answersBy, longestPauseMs, slowestMs } = review;
  const answers = [...answersBy].map(([cluster, count]) => `${count} by ${cluster}`).join(", ");
  const lines: [string, string | number][] = [
    ["requests", requests],
    ["failed", failed.length],
    ["served by both clusters at once", overlapping.length + unaccounted.length],
    ["answered", answers],
    [`through the tombstone in ${SOURCE}`, tombstoned],
    ["longest time without an answer", `${Math.round(longestPauseMs)} ms`],
    ["slowest answer", `${Math.round(slowestMs)} ms`],
    ["WebSocket", sessions.map(describe).join(", then ")],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const faults = [...failed, ...overlapping, ...unaccounted].slice(0, 20);
  return [...lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...faults, ""].join("\n");
}

function describe({ servedBy, code, echoes }: Session): string {
  return `${echoes} messages echoed by ${clusterOf(servedBy)} until closed with ${code}`;
}

runDemonstration(main);

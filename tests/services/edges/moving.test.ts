/**
 * Users moved between clusters of real edges and container hosts, under load by visitors who never ask DNS again: no request
 * fails, no two clusters run a user's apps at once, and WebSockets arrive where the user went.
 */
import { setTimeout as delay } from "node:timers/promises";
import { ZONE } from "../support/api-replica";
import { Environment, START_MS } from "./support/environment";
import { clusterOf } from "./support/review";
import { underLoad, type Visited } from "./support/under-load";

jest.setTimeout(60_000);

/** Seconds of visits before, between and after moves. */
const A_WHILE = 1.5;
const SERVICE_RESTART = 1012;
const NORMAL = 1000;

let environment: Environment;
beforeAll(async () => {
  environment = await Environment.start({ clusters: ["free", "pro", "reserve"] });
}, START_MS);
afterAll(async () => {
  await environment.stop();
});

/** Moves a user, who lives in `free`, from cluster to cluster. */
async function moved(user: string, destinations: readonly string[], secondsBetween: number): Promise<Visited> {
  await environment.createUser(user);
  return await underLoad(environment, user, A_WHILE, async () => {
    for (const [index, destination] of destinations.entries()) {
      if (index > 0) await delay(secondsBetween * 1000);
      await environment.move(user, destination);
    }
  });
}

/** Clusters in which the user's app that answers HTTP ran, in order. */
function ranIn(user: string): string[] {
  return environment.appRuns().flatMap((run) => (run.user === user && run.app === "echo" ? [run.cluster] : []));
}

function expectNothingLost(visited: Visited): void {
  expect(visited.failed).toEqual([]);
  expect(visited.overlapping).toEqual([]);
  expect(visited.unaccounted).toEqual([]);
  expect(visited.refusals).toEqual([]);
}

function sessionsOf({ sessions }: Visited): [string, number | undefined][] {
  return sessions.map(({ servedBy, code }) => [clusterOf(servedBy), code]);
}

it("moves a user to another cluster, through whose tombstone every later request goes", async () => {
  const visited = await moved("ann", ["pro"], 0);
  expectNothingLost(visited);
  expect(ranIn("ann")).toEqual(["free", "pro"]);
  expect(environment.tombstoned("free", `echo.ann.${ZONE}`)).toBe(visited.answersBy.get("pro"));
  expect(sessionsOf(visited)).toEqual([
    ["free", SERVICE_RESTART],
    ["pro", NORMAL],
  ]);
});

it("moves a user away and back", async () => {
  const visited = await moved("bob", ["pro", "free"], A_WHILE);
  expectNothingLost(visited);
  expect(ranIn("bob")).toEqual(["free", "pro", "free"]);
  expect(sessionsOf(visited)).toEqual([
    ["free", SERVICE_RESTART],
    ["pro", SERVICE_RESTART],
    ["free", NORMAL],
  ]);
});

it("moves a user on to a third cluster, to which the first sends its visitors directly", async () => {
  const visited = await moved("cat", ["pro", "reserve"], A_WHILE);
  expectNothingLost(visited);
  expect(ranIn("cat")).toEqual(["free", "pro", "reserve"]);
  expect(sessionsOf(visited).map(([cluster]) => cluster)).toEqual(["free", "pro", "reserve"]);
  const last = environment.cluster("reserve").edge.accessLog().at(-1);
  expect(last).toMatchObject({ user: "cat", hop: "valid", clusters: "free" });
});

it("moves a user on while their apps are still starting where they have just arrived", async () => {
  const visited = await moved("dan", ["pro", "reserve", "free"], 0);
  expectNothingLost(visited);
  expect(ranIn("dan").at(-1)).toBe("free");
  expect(sessionsOf(visited).at(-1)).toEqual(["free", NORMAL]);
});

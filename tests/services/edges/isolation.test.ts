/** What is outside a cluster is gone: its edge serves on, and only those notice whose way leads there. */
import { setTimeout as delay } from "node:timers/promises";
import { ask, type Answer } from "../node-agent/haproxy/config/clients";
import { ZONE } from "../support/api-replica";
import { Environment, START_MS } from "./support/environment";
import { HttpLoad } from "./support/http-load";
import { review, type Review } from "./support/review";

jest.setTimeout(60_000);

/** Users of cluster `free`: one who stays, one who has moved to `pro`, one whom nobody has visited yet. */
const [STAYING, MOVED, UNVISITED] = ["ann", "bob", "cat"] as const;

let environment: Environment;
beforeAll(async () => {
  environment = await Environment.start({ clusters: ["free", "pro"] });
  for (const user of [STAYING, MOVED, UNVISITED]) await environment.createUser(user);
  expect((await get(STAYING)).status).toBe(200);
  await environment.move(MOVED, "pro");
  expect((await get(MOVED)).headers["x-served-by"]).toMatch(/^pro\//);
}, START_MS);
afterAll(async () => {
  await environment.stop();
});

/** A request through cluster `free`, on a connection of its own. */
async function get(user: string): Promise<Answer> {
  return await ask(environment.cluster("free").hosting, `echo.${user}.${ZONE}`);
}

function visit(user: string, perSecond: number): HttpLoad {
  return new HttpLoad({ endpoint: environment.cluster("free").hosting, host: `echo.${user}.${ZONE}`, perSecond });
}

async function reviewOf(load: HttpLoad, user: string): Promise<Review> {
  const runs = environment.appRuns().filter((run) => run.user === user);
  return review(await load.stop(), runs);
}

// From here on things break and stay broken.

it("costs nobody but those under tombstones to it when a sibling cluster dies", async () => {
  const [staying, moved] = [visit(STAYING, 100), visit(MOVED, 100)];
  await delay(500);
  await environment.cluster("pro").crash();
  await delay(4_000);
  const [own, others] = [await reviewOf(staying, STAYING), await moved.stop()];
  expect(own.failed).toEqual([]);
  expect(own.unaccounted).toEqual([]);
  // Users of the dead cluster are told so: they do not pile up at the edge.
  const answer = await get(MOVED);
  expect(answer.status).toBe(502);
  expect(answer.body).toContain("free");
  expect(answer.body).toContain("pro");
  const late = others.slice(-100);
  expect(new Set(late.map(({ status }) => status))).toEqual(new Set([502]));
});

it("serves on without control plane, DNS and siblings, also users who were not served yet", async () => {
  const staying = visit(STAYING, 100);
  const { replicas, nameServers } = environment.system;
  await Promise.all(replicas.map((replica) => replica.kill()));
  await Promise.all(nameServers.flatMap(({ agent, knot }) => [agent.kill(), knot.kill()]));
  await delay(2_000);
  expect((await get(UNVISITED)).headers["x-served-by"]).toMatch(/^free\//);
  const own = await reviewOf(staying, STAYING);
  expect(own.failed).toEqual([]);
  expect(own.requests).toBeGreaterThan(150);
});

it("starts again from its disk when the control plane is away, with its tombstones", async () => {
  const cluster = environment.cluster("free");
  await cluster.edge.kill();
  await cluster.edge.killHaproxy();
  await cluster.edge.start();
  await cluster.complete();
  expect((await get(STAYING)).status).toBe(200);
  expect(await get(MOVED)).toMatchObject({ status: 502, body: expect.stringContaining("pro") as unknown });
});

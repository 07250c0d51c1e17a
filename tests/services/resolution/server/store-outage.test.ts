/** What goes on without PostgreSQL, what is refused and how soon, and that all of it comes back without a restart. */
import { readFileSync } from "node:fs";
import { problemUri } from "../../../../services/contracts/problems";
import { until } from "../../../support/until";
import { CALLERS, rolesOf, TestApi, type CallerName } from "./support/api";
import { operations, type Operation } from "./support/document";

/** Milliseconds that a hanging store has for an answer, and what answering may take beside. */
const ANSWER_WITHIN_MS = 1_500;
const SOON_MS = 1_500;
const ID = "6ab72b23-fc6c-4b5e-a58c-ef71d13b05a0";

// Whoever has lost PostgreSQL tries again every few seconds.
jest.setTimeout(30_000);

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.start({ durable: true, answerWithinMs: ANSWER_WITHIN_MS });
  await api.createUser("jane");
});
afterAll(async () => api.stop());

/** A body for each operation that takes one: what is refused must not be refused for its form. */
const BODIES: Readonly<Record<string, object>> = {
  createUser: { label: "new", plan: "free" },
  changePlan: { plan: "pro" },
  claimDomain: { name: "www.example.org", host: "shop.jane.apps.example" },
  setLifecycle: { lifecycle: "draining" },
  requestTransfer: { user: "jane", destination: "pro" },
  startEvacuation: { source: "free" },
  acknowledge: { kind: "edge", cluster: "free", incarnation: ID, revision: 1 },
};
const PARAMETERS: Readonly<Record<string, string>> = { label: "jane", user: "jane", id: ID, scope: "edge:free" };

async function send(operation: Operation) {
  const { id, method, path } = operation;
  const everybody = Object.keys(CALLERS) as CallerName[];
  const caller = operation.roles.includes("node")
    ? id === "getResidency"
      ? "host of free"
      : "edge of free"
    : everybody.find((name) => rolesOf(name).some((role) => operation.roles.includes(role)));
  const name = path.startsWith("/v1/users") ? "www.example.org" : "free";
  const url = path.replace(/\{(\w+)\}/g, (_, parameter: string) => PARAMETERS[parameter] ?? name);
  const query = id === "followFeed" ? `?kind=edge&cluster=free&node=n1&incarnation=${ID}` : "";
  const body = BODIES[id];
  return await api.as(caller ?? "stranger", method, `${url}${query}`, body === undefined ? {} : { body });
}

async function resolve() {
  return await api.as("resolver", "GET", "/v1/resolve?user=jane");
}

/** All but resolving are about the store. */
const stored = operations.filter(({ id }) => id !== "resolve").map((operation) => [operation.id, operation] as const);

describe("while PostgreSQL is down", () => {
  beforeAll(async () => {
    expect((await resolve()).headers).not.toHaveProperty("resolution-staleness");
    await api.postgres.kill();
  });

  it("resolving goes on from memory, and says how old its answers may be", async () => {
    const stale = await until("a staleness header", async () => {
      const answer = await resolve();
      expect(answer.statusCode).toBe(200);
      return answer.headers["resolution-staleness"] !== undefined && answer;
    });
    expect(stale.json()).toMatchObject({ user: "jane", cluster: "free", ttlSeconds: 60 });
    expect(Number(stale.headers["resolution-staleness"])).toBeGreaterThan(0);
    const known = { "if-none-match": String(stale.headers.etag) };
    const unchanged = await api.as("resolver", "GET", "/v1/resolve?user=jane", { headers: known });
    expect(unchanged.statusCode).toBe(304);
    expect(unchanged.headers).toHaveProperty("resolution-staleness");
    expect((await api.as("resolver", "GET", "/v1/resolve?user=nobody")).statusCode).toBe(404);
  });

  it("the replica stays alive and ready", async () => {
    for (const probe of ["/healthz", "/readyz"]) {
      expect((await api.app.inject({ url: probe })).statusCode).toBe(200);
    }
  });

  it.each(stored)("%s is refused at once, with the time to come back", async (_id, operation) => {
    const begin = performance.now();
    const answer = await send(operation);
    expect({ type: answer.json<{ type: string }>().type, status: answer.statusCode }).toEqual({
      type: problemUri("store-unavailable"),
      status: 503,
    });
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(performance.now() - begin).toBeLessThan(SOON_MS);
  });

  it("everything comes back with it, without a restart", async () => {
    await api.postgres.restart(true);
    await until("writes", async () => {
      const body = { label: "after", plan: "free" };
      return (await api.as("platform", "POST", "/v1/users", { body })).statusCode === 201;
    });
    await until(
      "answers that are current",
      async () => (await resolve()).headers["resolution-staleness"] === undefined,
    );
    expect((await api.as("resolver", "GET", "/v1/resolve?user=after")).statusCode).toBe(200);
    expect((await api.as("operator", "GET", "/v1/clusters")).statusCode).toBe(200);
  });
});

describe("while PostgreSQL hangs", () => {
  const stopped: number[] = [];
  const goOn = () => {
    for (const pid of stopped.splice(0)) process.kill(pid, "SIGCONT");
  };
  beforeAll(() => {
    const { pid } = api.postgres;
    if (pid === undefined) throw new Error("PostgreSQL does not run");
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
    stopped.push(pid, ...children);
    for (const id of stopped) process.kill(id, "SIGSTOP");
  });
  afterAll(goOn);

  it("answers are given up in time, and resolving goes on", async () => {
    for (const id of ["createUser", "getUser", "acknowledge"]) {
      const begin = performance.now();
      const operation = operations.find((known) => known.id === id);
      const answer = operation && (await send(operation));
      expect([id, answer?.statusCode, answer?.headers["retry-after"]]).toEqual([id, 503, "5"]);
      expect(performance.now() - begin).toBeLessThan(ANSWER_WITHIN_MS + SOON_MS);
    }
    expect((await resolve()).statusCode).toBe(200);
  });

  it("a write that was given up is found done or not, by its key, and done once", async () => {
    const request = { body: { label: "once", plan: "free" }, headers: { "idempotency-key": "hung" } };
    expect((await api.as("platform", "POST", "/v1/users", request)).statusCode).toBe(503);
    goOn();
    await until("the answer", async () => (await api.as("platform", "POST", "/v1/users", request)).statusCode === 201);
    const { rows } = await api.pool.query("select from audit where target = 'user/once'");
    expect(rows).toHaveLength(1);
  });
});

it("every refusal is as the document says", () => {
  expect(api.deviations).toEqual([]);
});

import { ControlApi, itemsOf } from "../../../services/contracts/client";
import { Problem, problemUri } from "../../../services/contracts/problems";
import type { Page, Transfer } from "../../../services/contracts/resources";
import { describeApi } from "../../../services/resolution/server/document";
import { StubServer } from "../http/stub-server";

const ID = "6f0c9d5e-8a55-4f0e-9a4e-0d3f8c1f2a10";
const RESOLUTION = {
  user: "jane",
  cluster: "free",
  hosting: { ipv4: "203.0.113.7" },
  workspace: { ipv4: "203.0.113.8" },
  ttlSeconds: 60,
};
const TRANSFER: Transfer = {
  id: ID,
  user: "jane",
  source: "free",
  destination: "free2",
  mode: "planned",
  phase: "requested",
  reason: "",
  requestedBy: "ops@example.org",
  requestedAt: "2026-11-23T09:00:00.000Z",
  updatedAt: "2026-11-23T09:00:00.000Z",
};

let server: StubServer;
let api: ControlApi;
beforeAll(async () => {
  server = await StubServer.start();
  let tokens = 0;
  const policy = { timeoutMs: 5_000, attempts: 3, backoff: { baseMs: 1, maxMs: 2 } };
  api = new ControlApi({ url: server.url, token: () => Promise.resolve(`token${++tokens}`), policy });
});
afterAll(() => server.stop());

const problem = (type: Parameters<typeof problemUri>[0], status: number) => ({
  status,
  headers: { "content-type": "application/problem+json", "retry-after": "7" },
  body: { type: problemUri(type), title: type, status, detail: `about ${type}`, instance: "r-1" },
});

describe("resolving", () => {
  it("asks by user, host or domain, with a token", async () => {
    server.replyWith({ status: 200, body: RESOLUTION });
    expect(await api.resolve({ user: "jane" })).toEqual(RESOLUTION);
    await api.resolve({ host: "app.jane.apps.example.dev" });
    await api.resolve({ domain: "www.exämple.org" });
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/v1/resolve?user=jane",
      "/v1/resolve?host=app.jane.apps.example.dev",
      "/v1/resolve?domain=www.ex%C3%A4mple.org",
    ]);
    expect(server.asked[0]?.headers.authorization).toMatch(/^Bearer token\d+$/);
  });

  it("again tells of an answer that is unchanged, and how old it may be", async () => {
    server.replyWith(
      { status: 200, body: RESOLUTION, headers: { etag: '"a"' } },
      { status: 304, headers: { etag: '"a"', "resolution-staleness": "12" } },
    );
    expect(await api.resolveAgain({ user: "jane" }, undefined)).toEqual({
      resolution: RESOLUTION,
      etag: '"a"',
      stalenessSeconds: 0,
    });
    expect(server.asked[0]?.headers["if-none-match"]).toBeUndefined();
    expect(await api.resolveAgain({ user: "jane" }, '"a"')).toEqual({
      resolution: undefined,
      etag: '"a"',
      stalenessSeconds: 12,
    });
    expect(server.asked[1]?.headers["if-none-match"]).toBe('"a"');
  });
});

describe("a refusal", () => {
  it("is thrown as the problem that it is", async () => {
    server.replyWith(problem("unknown-user", 404));
    const error = await api.getUser("nobody").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ type: "unknown-user", message: "about unknown-user", retryAfterSeconds: 7 });
  });

  it("of somebody else's says who refused and what", async () => {
    server.replyWith({ status: 404, body: "<html>no such backend" });
    await expect(api.getUser("jane")).rejects.toThrow(
      `${server.url}/v1/users/jane answered 404, which is no problem of the control API's: <html>no such backend`,
    );
  });
});

describe("a token that is refused", () => {
  const refusal = problem("unauthenticated", 401);
  const withTokens = (...tokens: string[]) => {
    const told: (string | undefined)[] = [];
    const token = (refused?: string) => Promise.resolve(tokens[told.push(refused) - 1] ?? "no more");
    return { told, api: new ControlApi({ url: server.url, token }) };
  };

  it("is replaced once, and the request repeated as it was", async () => {
    server.replyWith(refusal, { status: 202, body: TRANSFER });
    const { told, api } = withTokens("old", "new");
    expect(await api.requestTransfer({ user: "jane" })).toEqual(TRANSFER);
    expect(told).toEqual([undefined, "old"]);
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer new"]);
    expect(new Set(server.asked.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  });

  it("is the end where there is no other one, or that one is refused as well", async () => {
    server.replyWith(refusal);
    await expect(withTokens("only", "only").api.resolve({ user: "jane" })).rejects.toMatchObject({
      type: "unauthenticated",
    });
    expect(server.asked).toHaveLength(1);
    await expect(withTokens("old", "new", "third").api.resolve({ user: "jane" })).rejects.toMatchObject({
      type: "unauthenticated",
    });
    expect(server.asked).toHaveLength(3);
  });
});

describe("a write", () => {
  it("is repeated under one idempotency key, with a token each time it is asked for", async () => {
    server.replyWith("drop", problem("store-unavailable", 503), { status: 202, body: TRANSFER });
    expect(await api.requestTransfer({ user: "jane", destination: "free2" })).toEqual(TRANSFER);
    const keys = server.asked.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(3);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(keys).size).toBe(1);
    expect(JSON.parse(server.asked[2]?.body ?? "")).toEqual({ user: "jane", destination: "free2" });
  });

  it("has a key of its own, or the caller's", async () => {
    server.replyWith({ status: 202, body: TRANSFER });
    await api.requestTransfer({ user: "jane" });
    await api.requestTransfer({ user: "jane" });
    await api.cancelTransfer(ID, { idempotencyKey: "mine" });
    const keys = server.asked.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).not.toBe(keys[1]);
    expect(keys[2]).toBe("mine");
  });

  it("without a body sends none", async () => {
    server.replyWith({ status: 204 });
    await api.deleteUser("jane");
    expect(server.asked[0]).toMatchObject({ method: "DELETE", path: "/v1/users/jane", body: "" });
    expect(server.asked[0]?.headers["content-type"]).toBeUndefined();
  });
});

describe("an answer", () => {
  it("that does not fit the contract is refused, by where it does not", async () => {
    server.replyWith({ status: 200, body: { ...RESOLUTION, hosting: { ipv4: "nowhere" } } });
    await expect(api.resolve({ user: "jane" })).rejects.toThrow(
      /^\/v1\/resolve: the answer does not fit the contract: hosting\.ipv4 /,
    );
    server.replyWith({ status: 200, body: "no JSON" });
    await expect(api.resolve({ user: "jane" })).rejects.toThrow("the answer does not fit the contract");
  });

  it("of a newer service, which tells more, is taken", async () => {
    const newer = { ...RESOLUTION, hosting: { ...RESOLUTION.hosting, ipv7: "::::" }, region: "europe-west1" };
    server.replyWith({ status: 200, body: newer });
    expect(await api.resolve({ user: "jane" })).toMatchObject(RESOLUTION);
  });
});

describe("lists", () => {
  it("are read page by page", async () => {
    const pages: Page<Transfer>[] = [{ items: [TRANSFER, TRANSFER], next: "a b&c" }, { items: [TRANSFER] }];
    server.replyWith(...pages.map((body) => ({ status: 200, body })));
    const found: Transfer[] = [];
    for await (const item of itemsOf((cursor) => api.listTransfers({ phase: "settling", limit: 2, cursor })))
      found.push(item);
    expect(found).toHaveLength(3);
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/v1/transfers?phase=settling&limit=2",
      "/v1/transfers?phase=settling&limit=2&cursor=a+b%26c",
    ]);
  });
});

/** Operations that are no requests with an answer: nodes use FeedFollower for them. */
const OF_FOLLOWERS = ["followFeed", "acknowledge"];

it("has a method for every operation of the OpenAPI document, with its method and path", async () => {
  const document = JSON.parse(await describeApi()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ path, method: method.toUpperCase(), operationId })),
  );
  const wanted = operations.filter(({ operationId }) => !OF_FOLLOWERS.includes(operationId));
  expect(wanted.length).toBeGreaterThan(20);
  server.replyWith({ status: 400 });
  for (const { path, method, operationId } of wanted) {
    const call = (api as unknown as Record<string, ((...values: unknown[]) => Promise<unknown>) | undefined>)[
      operationId
    ];
    const values = path.match(/\{\w+\}/g)?.map((name) => `${name.slice(1, -1)}/ü`) ?? [];
    await expect(call?.call(api, ...values, {})).rejects.toThrow("answered 400");
    const asked = server.asked.at(-1);
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(`${name}/ü`));
    expect([operationId, asked?.method, asked?.path.split("?")[0]]).toEqual([operationId, method, filled]);
  }
});

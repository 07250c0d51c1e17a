/** What holds for all operations alike: request ids, conditional requests, idempotency keys, pages, limits, refusals of what is no request. */
import { connect } from "node:net";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { PROBLEM_MEDIA_TYPE, problemUri } from "../../../../services/contracts/problems";
import { appendFeed } from "../../../../services/resolution/store/feed-writes";
import { transaction } from "../../../../services/resolution/store/database";
import { until } from "../../../support/until";
import { TestApi, type TestRequest } from "./support/api";
import { documentFile } from "./support/document";

// Starting PostgreSQL takes a while on a machine that is busy with other tests.
jest.setTimeout(30_000);

let api: TestApi;
let schemaFits = true;
beforeAll(async () => {
  api = await TestApi.start({ schemaFits: () => schemaFits });
  for (const label of ["ann", "bob", "cid", "dan", "eve"]) await api.createUser(label);
});
afterAll(async () => api.stop());

const create = (label: string, headers: TestRequest["headers"] = {}) =>
  api.as("platform", "POST", "/v1/users", { body: { label, plan: "free" }, headers });

describe("a request's id", () => {
  it.each(["/v1/users/ann", "/v1/users/nobody", "/v1/nothing", "/v1/users/%zz", "/readyz", "/v1/openapi.json"])(
    "is on the answer to %s: the caller's own, or a new one where that is unsound",
    async (url) => {
      const headers = { authorization: `Bearer ${await api.token("platform")}` };
      const idFor = async (given: string) => {
        const answer = await api.app.inject({ url, headers: { ...headers, "x-request-id": given } });
        return answer.headers["x-request-id"];
      };
      expect(await idFor("trace-0af7651916cd43dd")).toBe("trace-0af7651916cd43dd");
      for (const unsound of ["short", "with space in it", "a".repeat(129)]) {
        expect(await idFor(unsound)).toMatch(/^[0-9a-f-]{36}$/);
      }
    },
  );

  it("is in the audit of a write", async () => {
    await create("traced", { "x-request-id": "trace-of-a-write" });
    const { rows } = await api.pool.query("select request_id as id from audit where target = 'user/traced'");
    expect(rows).toEqual([{ id: "trace-of-a-write" }]);
  });
});

describe("an answer to resolve", () => {
  const resolve = (headers: TestRequest["headers"] = {}) =>
    api.as("resolver", "GET", "/v1/resolve?user=ann", { headers });

  it("may be kept for its TTL, by the caller alone", async () => {
    const { headers, ...answer } = await resolve();
    expect(headers["cache-control"]).toBe("private, max-age=60");
    expect(headers.etag).toMatch(/^"[!#-~]+"$/);
    expect(answer.json()).toMatchObject({ ttlSeconds: 60 });
  });

  it.each([
    ["its own tag", (etag: string) => etag],
    ["its own tag, weakened by a proxy", (etag: string) => `W/${etag}`],
    ["its own tag among others", (etag: string) => `"other", ${etag}`],
    ["any tag", () => "*"],
  ])("is not repeated to whoever names %s", async (_, name) => {
    const { headers, payload } = await resolve();
    const again = await resolve({ "if-none-match": name(String(headers.etag)) });
    expect([payload === "", again.statusCode, again.payload, again.headers.etag]).toEqual([
      false,
      304,
      "",
      headers.etag,
    ]);
    expect(again.headers["cache-control"]).toBe("private, max-age=60");
  });

  it("is another one, kept for a second, while the user is being moved", async () => {
    const { etag } = (await resolve()).headers;
    const moving = { scope: "directory", key: "user/ann", value: { home: "free", moving: true } } as const;
    await transaction(api.pool, (tx) => appendFeed(tx, [moving]));
    const changed = await until("the change", async () => {
      const answer = await resolve({ "if-none-match": String(etag) });
      return answer.statusCode === 200 && answer;
    });
    expect(changed.headers["cache-control"]).toBe("private, max-age=1");
    expect(changed.headers.etag).not.toBe(etag);
  });
});

describe("an idempotency key", () => {
  const audited = async (target: string) =>
    (await api.pool.query("select from audit where target = $1", [`user/${target}`])).rows.length;

  it("brings the same answer again, and nothing else", async () => {
    const key = { "idempotency-key": "create-1" };
    const first = await create("once", key);
    const second = await create("once", key);
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json()).toEqual(first.json());
    expect([first, second].map(({ headers }) => headers["idempotency-replayed"])).toEqual([undefined, "true"]);
    expect(await audited("once")).toBe(1);
  });

  it("is good for one request only, of one caller", async () => {
    const key = { "idempotency-key": "create-2" };
    await create("mine", key);
    const other = await create("yours", key);
    expect([other.statusCode, other.json<{ type: string }>().type]).toEqual([
      422,
      problemUri("idempotency-key-reused"),
    ]);
    const request = { body: { lifecycle: "active" }, headers: key };
    expect((await api.as("operator", "PUT", "/v1/clusters/free/lifecycle", request)).statusCode).toBe(200);
    expect(await audited("yours")).toBe(0);
  });

  it("of a request that was refused may be tried again", async () => {
    const key = { "idempotency-key": "create-3" };
    expect((await create("ann", key)).statusCode).toBe(409);
    expect((await create("again", key)).statusCode).toBe(201);
  });

  it("lets one of many that come at once do the work, and gives its answer to all", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => create("crowd", { "idempotency-key": "create-4" })),
    );
    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(answers[0]?.statusCode).toBe(201);
    expect(answers.filter(({ headers }) => headers["idempotency-replayed"] === undefined)).toHaveLength(1);
    expect(await audited("crowd")).toBe(1);
  });
});

describe("a list", () => {
  it("comes in pages that neither repeat nor skip, also while it grows", async () => {
    const seen: string[] = [];
    let cursor = "";
    for (let page = 0; page === 0 || cursor !== ""; page++) {
      const answer = await api.as("platform", "GET", `/v1/users?limit=2${cursor && `&cursor=${cursor}`}`);
      const { items, next = "" } = answer.json<{ items: { label: string }[]; next?: string }>();
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map(({ label }) => label));
      cursor = next;
      // Before the place where the reader is, and behind everything.
      if (page === 1) await Promise.all([create("aaa"), create("zzz")]);
    }
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen).toEqual(expect.arrayContaining(["ann", "bob", "cid", "dan", "eve", "zzz"]));
    expect(seen).not.toContain("aaa");
  });
});

describe("what is no request", () => {
  let port: number;
  beforeAll(async () => {
    port = Number(new URL(await api.app.listen({ port: 0, host: "127.0.0.1" })).port);
  });

  it.each([
    ["garbage", "\x16\x03\x01\x02\x00\r\n\r\n", /not HTTP/],
    ["a length that is none", "POST /v1/users HTTP/1.1\r\nhost: x\r\ncontent-length: ten\r\n\r\n", /not HTTP/],
    ["headers without end", `GET / HTTP/1.1\r\nhost: x\r\nlong: ${"a".repeat(20_000)}`, /larger than 16 KiB/],
  ])("is refused as such, and the connection ended: %s", async (_, bytes, reason) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => (answer += chunk));
    socket.write(bytes, "latin1");
    await once(socket, "close");
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(head).toContain(`content-type: ${PROBLEM_MEDIA_TYPE}`);
    expect(JSON.parse(body)).toMatchObject({
      type: problemUri("invalid-request"),
      status: 400,
      detail: expect.stringMatching(reason) as string,
    });
  });
});

describe("the server", () => {
  it("shows everybody its document, as it is committed", async () => {
    const { statusCode, headers, body } = await api.app.inject({ url: "/v1/openapi.json" });
    expect([statusCode, headers["content-type"]]).toEqual([200, "application/json; charset=utf-8"]);
    expect(body).toBe(readFileSync(documentFile, "utf8"));
  });

  it("is not ready once the store's schema is of a release that breaks it, but alive", async () => {
    schemaFits = false;
    const ready = await api.app.inject({ url: "/readyz" });
    expect([ready.statusCode, ready.json()]).toEqual([503, { status: "the store has the schema of a newer release" }]);
    expect((await api.app.inject({ url: "/healthz" })).statusCode).toBe(200);
    schemaFits = true;
    expect((await api.app.inject({ url: "/readyz" })).statusCode).toBe(200);
  });
});

it("every answer is as the document says", () => {
  expect(api.deviations).toEqual([]);
});

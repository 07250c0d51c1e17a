/** Every operation at its work, on a real store; every answer is held against the OpenAPI document. */
import { randomUUID } from "node:crypto";
import { TestApi } from "./support/api";
import { operations } from "./support/document";

// Starting PostgreSQL takes a while on a machine that is busy with other tests.
jest.setTimeout(30_000);

const DOMAIN = "www.customer.example";
let api: TestApi;
const seen = new Set<string>();

beforeAll(async () => {
  const cname = (name: string) => Promise.resolve(name === DOMAIN ? ["shop.jane.apps.example."] : []);
  api = await TestApi.start({ lookup: { cname, txt: () => Promise.resolve([]) } });
});
afterAll(async () => api.stop());

/** Sends a request that must succeed, and returns its body. */
async function done<T>(status: number, id: string, ...request: Parameters<TestApi["as"]>): Promise<T> {
  const answer = await api.as(...request);
  expect([id, answer.statusCode, answer.body]).toEqual([id, status, expect.anything()]);
  seen.add(id);
  return (answer.body === "" ? undefined : answer.json()) as T;
}

interface Listed {
  readonly items: Record<string, unknown>[];
  readonly next?: string;
}

describe("the API", () => {
  it("creates users in their plan's cluster or in the one that is named", async () => {
    const user = await done(201, "createUser", "platform", "POST", "/v1/users", {
      body: { label: "Jane", plan: "free" },
    });
    expect(user).toMatchObject({ label: "jane", plan: "free", home: "free", pinned: false });
    const body = { label: "joe", plan: "free", cluster: "reserve" };
    const pinned = await done(201, "createUser", "platform", "POST", "/v1/users", { body });
    expect(pinned).toMatchObject({ label: "joe", home: "reserve", pinned: true });
    expect(await done(200, "getUser", "operator", "GET", "/v1/users/JANE")).toEqual(user);
    const { items } = await done<Listed>(200, "listUsers", "platform", "GET", "/v1/users?cluster=reserve");
    expect(items).toEqual([pinned]);
  });

  it.each(["user=jane", "user=JANE", "host=shop.jane.apps.example", "host=Jane.Apps.Example.:443"])(
    "resolves %s as soon as the user is there",
    async (query) => {
      expect(await done(200, "resolve", "resolver", "GET", `/v1/resolve?${query}`)).toEqual({
        user: "jane",
        cluster: "free",
        hosting: { ipv4: "192.0.2.1", ipv6: "2001:db8::1" },
        workspace: { ipv4: "198.51.100.1" },
        ttlSeconds: 60,
      });
    },
  );

  it("serves a custom domain from its proof to its release", async () => {
    const body = { name: `${DOMAIN}.`, host: "shop.jane.apps.example" };
    const claimed = await done(201, "claimDomain", "platform", "POST", "/v1/users/jane/domains", { body });
    expect(claimed).toMatchObject({ name: DOMAIN, user: "jane", verified: false });
    expect((await api.as("resolver", "GET", `/v1/resolve?domain=${DOMAIN}`)).statusCode).toBe(404);
    await done(200, "verifyDomain", "platform", "POST", `/v1/users/jane/domains/${DOMAIN}/verify`);
    for (const key of ["domain", "host"]) {
      const found = await done(200, "resolve", "resolver", "GET", `/v1/resolve?${key}=WWW.Customer.example`);
      expect(found).toMatchObject({ user: "jane", cluster: "free" });
    }
    const { items } = await done<Listed>(200, "listDomains", "platform", "GET", "/v1/users/jane/domains");
    expect(items).toMatchObject([{ name: DOMAIN, verified: true }]);
    await done(204, "releaseDomain", "platform", "DELETE", `/v1/users/jane/domains/${DOMAIN}`);
    expect((await api.as("resolver", "GET", `/v1/resolve?domain=${DOMAIN}`)).statusCode).toBe(404);
  });

  it("lists clusters with their users and headroom, and sets lifecycles", async () => {
    const { items } = await done<Listed>(200, "listClusters", "operator", "GET", "/v1/clusters");
    expect(items.map(({ name, users, headroom }) => [name, users, headroom])).toEqual([
      ["free", 1, 1_999_999],
      ["new", 0, 0],
      ["old", 0, 0],
      ["pro", 0, 2_000_000],
      ["reserve", 1, 1_999_999],
      ["tiny", 0, 1],
    ]);
    const body = { lifecycle: "active" };
    const opened = await done(200, "setLifecycle", "operator", "PUT", "/v1/clusters/new/lifecycle", { body });
    expect(opened).toMatchObject({ name: "new", lifecycle: "active", headroom: 2_000_000 });
    await done(200, "setLifecycle", "operator", "PUT", "/v1/clusters/new/lifecycle", {
      body: { lifecycle: "provisioned" },
    });
  });

  it("moves a user whose new plan another cluster serves", async () => {
    const change = await done(200, "changePlan", "platform", "PUT", "/v1/users/jane/plan", { body: { plan: "pro" } });
    expect(change).toMatchObject({
      user: { plan: "pro" },
      transfer: { source: "free", destination: "pro", user: "jane" },
    });
    const { transfer } = change as { transfer: { id: string } };
    const cancelled = await done(200, "cancelTransfer", "operator", "POST", `/v1/transfers/${transfer.id}/cancel`);
    expect(cancelled).toMatchObject({ id: transfer.id, outcome: "cancelled" });
  });

  it("takes, shows and lists transfers", async () => {
    const body = { user: "joe", destination: "pro", mode: "emergency", reason: "smoke" };
    const transfer = await done<{ id: string }>(202, "requestTransfer", "operator", "POST", "/v1/transfers", { body });
    expect(transfer).toMatchObject({ ...body, source: "reserve", phase: "requested" });
    expect(await done(200, "getTransfer", "platform", "GET", `/v1/transfers/${transfer.id}`)).toMatchObject({
      id: transfer.id,
    });
    const { items } = await done<Listed>(
      200,
      "listTransfers",
      "platform",
      "GET",
      "/v1/transfers?phase=requested&user=joe",
    );
    expect(items).toMatchObject([{ id: transfer.id }]);
  });

  it("tells what an evacuation would do, runs it, and is told to pause, resume and abort", async () => {
    for (const label of ["ann", "bob", "cid"]) await api.createUser(label);
    const body = { source: "free", users: ["ann", "bob"], destinations: ["reserve"], reason: "fire" };
    const plan = await done(202, "startEvacuation", "operator", "POST", "/v1/evacuations", {
      body: { ...body, dryRun: true },
    });
    expect(plan).toMatchObject({ state: "dry-run", total: 2, destinations: { reserve: 2 } });
    const started = await done<{ id: string }>(202, "startEvacuation", "operator", "POST", "/v1/evacuations", { body });
    expect(started).toMatchObject({ state: "running", total: 2, phases: { requested: 2 } });
    const own = `/v1/evacuations/${started.id}`;
    expect(await done(200, "pauseEvacuation", "operator", "POST", `${own}/pause`)).toMatchObject({ state: "paused" });
    expect(await done(200, "resumeEvacuation", "operator", "POST", `${own}/resume`)).toMatchObject({
      state: "running",
    });
    expect(await done(200, "abortEvacuation", "operator", "POST", `${own}/abort`)).toMatchObject({ state: "aborting" });
    expect(await done(200, "getEvacuation", "operator", "GET", own)).toMatchObject({ id: started.id, total: 2 });
    const { items } = await done<Listed>(200, "listEvacuations", "operator", "GET", "/v1/evacuations");
    expect(items).toMatchObject([{ id: started.id }]);
  });

  it("lists tombstones", async () => {
    const { rows } = await api.pool.query<{ id: string }>("select id from transfers where user_label = 'joe'");
    const values = ["joe", "reserve", "pro", rows[0]?.id];
    await api.pool.query(
      "insert into tombstones (user_label, holder, destination, transfer) values ($1, $2, $3, $4)",
      values,
    );
    const { items } = await done<Listed>(
      200,
      "listTombstones",
      "operator",
      "GET",
      "/v1/tombstones?holder=reserve&user=joe",
    );
    expect(items).toMatchObject([{ user: "joe", holder: "reserve", destination: "pro" }]);
  });

  it("answers a host whether it may start a user's containers", async () => {
    const asked = (caller: "host of free" | "host of pro", user: string) =>
      done(200, "getResidency", caller, "GET", `/v1/residency/${user}`);
    expect(await asked("host of free", "cid")).toEqual({ resident: true, cluster: "free" });
    expect(await asked("host of pro", "cid")).toEqual({ resident: false, cluster: "free" });
    await api.pool.query("update transfers set phase = 'stopping' where user_label = 'ann'");
    expect(await asked("host of free", "ann")).toEqual({ resident: false, cluster: "free" });
  });

  it("deletes users", async () => {
    await done(204, "deleteUser", "platform", "DELETE", "/v1/users/cid");
    expect((await api.as("resolver", "GET", "/v1/resolve?user=cid")).statusCode).toBe(404);
  });

  it("forgets nodes", async () => {
    const values = ["edge:free", "e1", "edge", "free", randomUUID()];
    await api.pool.query(
      `insert into nodes (scope, name, kind, cluster, incarnation, connected, seen_ms) values ($1, $2, $3, $4, $5, false, 0)`,
      values,
    );
    const { items } = await done<Listed>(200, "listNodes", "operator", "GET", "/v1/nodes");
    expect(items).toMatchObject([{ scope: "edge:free", name: "e1", kind: "edge", cluster: "free", live: false }]);
    await done(204, "forgetNode", "operator", "DELETE", "/v1/nodes/edge:free/e1");
    expect(await done(200, "listNodes", "operator", "GET", "/v1/nodes")).toEqual({ items: [] });
  });

  it("has an audit of every write, newest first, page by page", async () => {
    const { items } = await done<Listed>(200, "listAudit", "operator", "GET", "/v1/audit?limit=1000");
    expect(items[0]).toMatchObject({
      action: "forgetNode",
      actor: "operator@example.org",
      target: "node/edge:free/e1",
    });
    const writes = new Set(operations.filter(({ method }) => method !== "GET").map(({ id }) => id));
    writes.delete("acknowledge");
    expect(new Set(items.map(({ action }) => action))).toEqual(writes);
    const paged: unknown[] = [];
    let next: string | undefined = "";
    for (; next !== undefined;) {
      const page: Listed = await done(
        200,
        "listAudit",
        "operator",
        "GET",
        `/v1/audit?limit=7${next && `&cursor=${next}`}`,
      );
      paged.push(...page.items);
      next = page.next;
    }
    expect(paged).toEqual(items);
    const { items: own } = await done<Listed>(200, "listAudit", "operator", "GET", "/v1/audit?target=user/cid");
    expect(own.map(({ action }) => action)).toEqual(["deleteUser", "createUser"]);
  });

  it("has answered every operation as the document says", () => {
    expect(api.deviations).toEqual([]);
    // These two speak with nodes that are connected: see feed.test.ts.
    const others = operations.map(({ id }) => id).filter((id) => !seen.has(id));
    expect(others).toEqual(["followFeed", "acknowledge"]);
  });
});

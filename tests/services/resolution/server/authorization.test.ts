/** Who may do what: every operation of the document, by every caller and with every kind of token. */
import { LocalIssuer } from "../../../../sandbox/issuer";
import { problemUri, type ProblemType } from "../../../../services/contracts/problems";
import { CALLERS, rolesOf, TestApi, type CallerName } from "./support/api";
import { operations, type Operation } from "./support/document";

// Starting PostgreSQL takes a while on a machine that is busy with other tests.
jest.setTimeout(30_000);

let api: TestApi;
let otherIssuer: LocalIssuer;
beforeAll(async () => {
  [api, otherIssuer] = await Promise.all([TestApi.start(), LocalIssuer.start()]);
});
afterAll(async () => {
  await otherIssuer.stop();
  await api.stop();
});

/** What each role is for, by the issue: beside it, nothing. */
const ALLOWED = {
  resolver: ["resolve"],
  platform: [
    ...["resolve", "listUsers", "getUser", "createUser", "changePlan", "deleteUser", "listTransfers", "getTransfer"],
    ...["listDomains", "claimDomain", "verifyDomain", "releaseDomain"],
  ],
  operator: [
    ...["resolve", "listUsers", "getUser", "listClusters", "setLifecycle", "listTombstones", "listAudit"],
    ...["listTransfers", "getTransfer", "requestTransfer", "cancelTransfer", "listNodes", "forgetNode"],
    ...["listEvacuations", "getEvacuation", "startEvacuation"],
    ...["pauseEvacuation", "resumeEvacuation", "abortEvacuation"],
  ],
  node: ["followFeed", "acknowledge", "getResidency"],
};

const callers = Object.keys(CALLERS) as CallerName[];

/** A request that a caller who is let in gets some other refusal for: nothing is named that exists. */
function urlOf({ path }: Operation): string {
  return path.replace(/\{\w+\}/g, "nobody");
}

async function send(operation: Operation, authorization: string | undefined) {
  const { method } = operation;
  const answer = await api.app.inject({
    method,
    url: urlOf(operation),
    headers: authorization === undefined ? {} : { authorization },
    ...(operation.body && { payload: {} }),
  });
  api.check(method, urlOf(operation), answer);
  return { status: answer.statusCode, type: answer.json<{ type?: string }>().type, headers: answer.headers };
}

const UNAUTHENTICATED = { status: 401, type: problemUri("unauthenticated") };
const FORBIDDEN = { status: 403, type: problemUri("forbidden") };

describe("the roles that the document names", () => {
  it("are those of every route, but for the probes and the document itself", () => {
    const tree = api.app.printRoutes({ commonPrefix: false });
    const methods = [...tree.matchAll(/\(([A-Z, ]+)\)$/gm)].flatMap(([, list = ""]) => list.split(", "));
    expect(methods).toHaveLength(operations.length + ["/healthz", "/readyz", "/v1/openapi.json"].length);
  });

  it("are those that the operations are for", () => {
    const named = (role: string) => operations.filter(({ roles }) => roles.includes(role)).map(({ id }) => id);
    for (const [role, ids] of Object.entries(ALLOWED))
      expect([role, named(role).sort()]).toEqual([role, [...ids].sort()]);
  });
});

describe.each(operations.map((operation) => [operation.id, operation] as const))("%s", (id, operation) => {
  it.each(callers)("lets %s in, or refuses them, by their role", async (caller) => {
    const may = rolesOf(caller).some((role) => ALLOWED[role].includes(id));
    // Of nodes, only container hosts start containers.
    const isHost = id !== "getResidency" || caller.startsWith("host");
    const { status, type } = await send(operation, `Bearer ${await api.token(caller)}`);
    if (!may || !isHost) expect({ status, type }).toEqual(FORBIDDEN);
    else expect([401, 403]).not.toContain(status);
  });

  it.each<[string, (caller: CallerName) => Promise<string> | undefined]>([
    ["without a token", () => undefined],
    ["with something else than a token", () => Promise.resolve("Bearer password")],
    ["with another scheme", async (caller) => `Basic ${await api.token(caller)}`],
    ["with an expired token", async (caller) => `Bearer ${await api.makeToken(caller, { exp: 1_700_000_000 })}`],
    ["with a token for another audience", async (caller) => `Bearer ${await api.makeToken(caller, { aud: "other" })}`],
    ["with a token of another issuer", async (caller) => `Bearer ${await foreignToken(caller, otherIssuer.url)}`],
    ["with a token that claims the issuer", async (caller) => `Bearer ${await foreignToken(caller, api.issuer.url)}`],
  ])("refuses everybody %s", async (_, authorizationOf) => {
    for (const caller of ["platform", "operator", "resolver", "edge of free"] as const) {
      const { headers, ...answer } = await send(operation, await authorizationOf(caller));
      expect(answer).toEqual(UNAUTHENTICATED);
      expect(headers["www-authenticate"]).toBe("Bearer");
    }
  });
});

function foreignToken(caller: CallerName, iss: string): Promise<string> {
  return otherIssuer.token({ email: CALLERS[caller], audience: "https://resolution.hosting.example", claims: { iss } });
}

describe("a caller who is not let in changes nothing", () => {
  const seconds = Math.floor(Date.now() / 1000);
  it.each<[string, ProblemType, () => Promise<string>]>([
    ["whose token has expired", "unauthenticated", () => api.makeToken("platform", { exp: seconds - 3_600 })],
    ["whose token is for another audience", "unauthenticated", () => api.makeToken("platform", { aud: "other" })],
    ["whose email nobody has verified", "unauthenticated", () => api.makeToken("platform", { email_verified: false })],
    ["who has no role", "forbidden", () => api.token("stranger")],
    ["who has another role", "forbidden", () => api.token("operator")],
  ])("%s: %s", async (_who, type, token) => {
    const before = await api.contents();
    const headers = { authorization: `Bearer ${await token()}` };
    const answer = await api.as("platform", "POST", "/v1/users", { body: { label: "new", plan: "free" }, headers });
    expect(answer.json<{ type: string }>().type).toBe(problemUri(type));
    expect(await api.contents()).toEqual(before);
  });
});

describe("a node", () => {
  const parts = [
    ["dns", undefined],
    ["edge", "free"],
    ["edge", "pro"],
    ["host", "free"],
    ["host", "pro"],
  ] as const;
  const nodes = ["dns", "edge of free", "edge of pro", "host of free", "host of pro"] as const;
  const matrix = nodes.flatMap((caller) =>
    parts.map(
      ([kind, cluster]) => [caller, kind, cluster, caller === (cluster ? `${kind} of ${cluster}` : kind)] as const,
    ),
  );
  const incarnation = "6ab72b23-fc6c-4b5e-a58c-ef71d13b05a0";

  it.each(matrix)("that is the %s acknowledges for %s of %s: %s", async (caller, kind, cluster, own) => {
    const body = { kind, ...(cluster && { cluster }), incarnation, revision: 1 };
    const { statusCode } = await api.as(caller, "POST", "/v1/nodes/n1/acknowledgements", { body });
    // Its own part it may speak for; but no node of that name has connected.
    expect(statusCode).toBe(own ? 404 : 403);
  });

  it.each(matrix.filter(([, , , own]) => !own))(
    "that is the %s cannot follow the feed of %s of %s",
    async (caller, kind, cluster) => {
      const query = new URLSearchParams({ kind, ...(cluster && { cluster }), node: "n1", incarnation });
      const { statusCode } = await api.as(caller, "GET", `/v1/feed?${query.toString()}`);
      expect(statusCode).toBe(403);
    },
  );

  it.each([
    ["edge", undefined],
    ["host", undefined],
    ["dns", "free"],
  ] as const)("of kind %s cannot be one of cluster %s", async (kind, cluster) => {
    const query = new URLSearchParams({ kind, ...(cluster && { cluster }), node: "n1", incarnation });
    for (const caller of nodes) {
      expect((await api.as(caller, "GET", `/v1/feed?${query.toString()}`)).statusCode).toBe(403);
    }
  });
});

it("every refusal is as the document says", () => {
  expect(api.deviations).toEqual([]);
});

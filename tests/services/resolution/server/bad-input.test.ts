/** Every bad input has a problem type of its own, and changes nothing in the store. */
import { problemUri, type ProblemType } from "../../../../services/contracts/problems";
import { TestApi, type CallerName, type TestRequest } from "./support/api";

// Starting PostgreSQL takes a while on a machine that is busy with other tests.
jest.setTimeout(30_000);

let api: TestApi;
let finished: string;

beforeAll(async () => {
  const txt = () => Promise.resolve([]);
  api = await TestApi.start({ lookup: { cname: (name) => Promise.resolve([`shop.jane.apps.example`, name]), txt } });
  for (const label of ["jane", "joe", "moving", "pinned"]) await api.createUser(label);
  await api.createUser("tenant", { cluster: "tiny" });
  const body = { user: "moving", destination: "pro" };
  const running = (await api.as("operator", "POST", "/v1/transfers", { body })).json<{ id: string }>().id;
  const ended = { user: "joe", destination: "pro" };
  finished = (await api.as("operator", "POST", "/v1/transfers", { body: ended })).json<{ id: string }>().id;
  await api.pool.query("update transfers set phase = 'aborted' where id <> $1", [running]);
  // Verified by jane; claimed by joe as well.
  await claim("jane", "taken.example.org");
  await api.as("platform", "POST", "/v1/users/jane/domains/taken.example.org/verify");
  await claim("joe", "unproved.example.org");
});
afterAll(async () => api.stop());

async function claim(user: string, name: string): Promise<void> {
  const body = { name, host: `shop.${user}.apps.example` };
  const { statusCode, body: text } = await api.as("platform", "POST", `/v1/users/${user}/domains`, { body });
  if (statusCode !== 201) throw new Error(text);
}

type Method = "GET" | "POST" | "PUT" | "DELETE";
type Case = [
  why: string,
  type: ProblemType,
  method: Method,
  path: string,
  body?: unknown,
  headers?: TestRequest["headers"],
];

const user = (label: unknown, more: object = {}) => ({ label, plan: "free", ...more });
const move = (label: string, destination?: string) => ({
  user: label,
  ...(destination !== undefined && { destination }),
});
const NOBODY = "6ab72b23-fc6c-4b5e-a58c-ef71d13b05a0";

const users: Case[] = [
  ["a user who is not there", "unknown-user", "GET", "/v1/users/nobody"],
  ["a user who is not there", "unknown-user", "GET", "/v1/resolve?user=nobody"],
  ["a host of a user who is not there", "unknown-user", "GET", "/v1/resolve?host=shop.nobody.apps.example"],
  ["a user who is not there", "unknown-user", "DELETE", "/v1/users/nobody"],
  ["a user who is not there", "unknown-user", "PUT", "/v1/users/nobody/plan", { plan: "pro" }],
  ["a user who is not there", "unknown-user", "GET", "/v1/users/nobody/domains"],
  ["a user who is there already", "user-exists", "POST", "/v1/users", user("JANE")],
  ["a label that begins with a hyphen", "invalid-label", "POST", "/v1/users", user("-jane")],
  ["a label with a dot", "invalid-label", "POST", "/v1/users", user("jane.doe")],
  ["a label of 64 characters", "invalid-label", "POST", "/v1/users", user("a".repeat(64))],
  ["a label of another alphabet", "invalid-label", "POST", "/v1/users", user("jané")],
  ["an A-label", "invalid-label", "POST", "/v1/users", user("xn--jan-dma")],
  ["a label that is none", "invalid-label", "GET", "/v1/users/jane%20doe"],
  ["a label that is none", "invalid-label", "GET", "/v1/resolve?user=jane_doe"],
  ["a reserved label", "reserved-label", "POST", "/v1/users", user("clusters")],
  ["a reserved label in capitals", "reserved-label", "POST", "/v1/users", user("NS")],
  ["a plan that is not there", "unknown-plan", "POST", "/v1/users", user("new", { plan: "gold" })],
  ["a plan that is not there", "unknown-plan", "PUT", "/v1/users/jane/plan", { plan: "gold" }],
  ["a plan that no cluster serves", "no-cluster", "POST", "/v1/users", user("new", { plan: "empty" })],
  ["a plan that no cluster serves", "no-cluster", "PUT", "/v1/users/jane/plan", { plan: "empty" }],
  ["a cluster that is not there", "unknown-cluster", "POST", "/v1/users", user("new", { cluster: "nowhere" })],
  ["a cluster that is full", "cluster-full", "POST", "/v1/users", user("new", { cluster: "tiny" })],
  ["a cluster that takes nobody yet", "cluster-not-active", "POST", "/v1/users", user("new", { cluster: "new" })],
  ["a cluster that takes nobody any more", "cluster-not-active", "POST", "/v1/users", user("new", { cluster: "old" })],
  ["users of a cluster that is not there", "unknown-cluster", "GET", "/v1/users?cluster=nowhere"],
  ["a user who is being moved", "transfer-running", "DELETE", "/v1/users/moving"],
];

const domains: Case[] = [
  [
    "a domain of one label",
    "invalid-domain",
    "POST",
    "/v1/users/jane/domains",
    { name: "localhost", host: "shop.jane.apps.example" },
  ],
  [
    "an address",
    "invalid-domain",
    "POST",
    "/v1/users/jane/domains",
    { name: "192.0.2.1", host: "shop.jane.apps.example" },
  ],
  [
    "a name of the platform's",
    "invalid-domain",
    "POST",
    "/v1/users/jane/domains",
    { name: "joe.apps.example", host: "shop.jane.apps.example" },
  ],
  [
    "somebody else's host",
    "invalid-domain",
    "POST",
    "/v1/users/jane/domains",
    { name: "www.example.org", host: "shop.joe.apps.example" },
  ],
  [
    "a domain that somebody else holds",
    "domain-taken",
    "POST",
    "/v1/users/joe/domains",
    { name: "taken.example.org", host: "a.joe.apps.example" },
  ],
  ["a domain that nothing proves", "domain-unverified", "POST", "/v1/users/joe/domains/unproved.example.org/verify"],
  ["a domain that nobody claimed", "unknown-domain", "POST", "/v1/users/jane/domains/other.example.org/verify"],
  ["a domain that somebody else claimed", "unknown-domain", "DELETE", "/v1/users/jane/domains/unproved.example.org"],
  ["a domain that is not verified", "unknown-domain", "GET", "/v1/resolve?domain=unproved.example.org"],
];

const transfers: Case[] = [
  ["a user who is not there", "unknown-user", "POST", "/v1/transfers", move("nobody", "pro")],
  ["a label that is none", "invalid-label", "POST", "/v1/transfers", move("no body", "pro")],
  ["a cluster that is not there", "unknown-cluster", "POST", "/v1/transfers", move("jane", "nowhere")],
  ["the same cluster", "same-cluster", "POST", "/v1/transfers", move("jane", "free")],
  ["a second transfer", "transfer-running", "POST", "/v1/transfers", move("moving", "reserve")],
  ["a full destination", "cluster-full", "POST", "/v1/transfers", move("jane", "tiny")],
  ["a provisioned destination", "cluster-not-active", "POST", "/v1/transfers", move("jane", "new")],
  ["a draining destination", "cluster-not-active", "POST", "/v1/transfers", move("jane", "old")],
  ["a plan without another cluster", "no-cluster", "POST", "/v1/transfers", move("jane")],
  ["a transfer that is not there", "unknown-transfer", "GET", `/v1/transfers/${NOBODY}`],
  ["a transfer that is not there", "unknown-transfer", "POST", `/v1/transfers/${NOBODY}/cancel`],
  ["an evacuation of a cluster that is not there", "unknown-cluster", "POST", "/v1/evacuations", { source: "nowhere" }],
  ["an evacuation to itself", "same-cluster", "POST", "/v1/evacuations", { source: "free", destinations: ["free"] }],
  [
    "an evacuation to a draining cluster",
    "cluster-not-active",
    "POST",
    "/v1/evacuations",
    { source: "free", destinations: ["old"] },
  ],
  ["users and a share", "invalid-request", "POST", "/v1/evacuations", { source: "free", users: ["jane"], share: 0.5 }],
  ["an evacuation that is not there", "unknown-evacuation", "POST", `/v1/evacuations/${NOBODY}/pause`],
  ["an evacuation that is not there", "unknown-evacuation", "GET", `/v1/evacuations/${NOBODY}`],
  [
    "a lifecycle of a cluster that is not there",
    "unknown-cluster",
    "PUT",
    "/v1/clusters/nowhere/lifecycle",
    { lifecycle: "active" },
  ],
  ["a node that is not there", "unknown-node", "DELETE", "/v1/nodes/edge:free/nobody"],
];

const requests: Case[] = [
  ["a path that is not there", "unknown-route", "GET", "/v1/nothing"],
  ["a method that is not there", "unknown-route", "DELETE", "/v1/users"],
  ["nothing to resolve", "invalid-request", "GET", "/v1/resolve"],
  ["two things to resolve", "invalid-request", "GET", "/v1/resolve?user=jane&host=jane.apps.example"],
  ["the same parameter twice", "invalid-request", "GET", "/v1/resolve?user=jane&user=joe"],
  ["a parameter that is not there", "invalid-request", "GET", "/v1/users?colour=red"],
  ["a limit that is no number", "invalid-request", "GET", "/v1/users?limit=many"],
  ["a limit of nothing", "invalid-request", "GET", "/v1/users?limit=0"],
  ["a limit of too many", "invalid-request", "GET", "/v1/users?limit=1001"],
  ["a cursor that is none", "invalid-request", "GET", "/v1/users?cursor=AAAA"],
  ["a cursor of another list", "invalid-request", "GET", `/v1/transfers?cursor=${cursor(["jane", "joe"])}`],
  [
    "a cursor with a time that is none",
    "invalid-request",
    "GET",
    `/v1/transfers?cursor=${cursor(["9999-99-99 99:99:99+00", NOBODY])}`,
  ],
  ["a cursor with an id that is none", "invalid-request", "GET", `/v1/audit?cursor=${cursor(["-1; drop"])}`],
  ["an id that is none", "invalid-request", "GET", "/v1/transfers/7"],
  ["an id with a prefix", "invalid-request", "GET", `/v1/transfers/urn:uuid:${NOBODY}`],
  ["a percent sign that escapes nothing", "invalid-request", "GET", "/v1/users/%zz"],
  ["no body", "invalid-request", "POST", "/v1/users"],
  ["a body that is not asked for", "invalid-request", "POST", `/v1/transfers/${NOBODY}/cancel`, {}],
  ["a member that is missing", "invalid-request", "POST", "/v1/users", { label: "new" }],
  ["a member that is not there", "invalid-request", "POST", "/v1/users", user("new", { colour: "red" })],
  ["a number for a text", "invalid-request", "POST", "/v1/users", user(7)],
  ["a text for a number", "invalid-request", "POST", "/v1/evacuations", { source: "free", rate: "100" }],
  ["a rate of nothing", "invalid-request", "POST", "/v1/evacuations", { source: "free", rate: 0 }],
  ["a NUL in a text", "invalid-request", "POST", "/v1/transfers", { ...move("jane", "pro"), reason: "\0" }],
  ["half a character", "invalid-request", "POST", "/v1/transfers", { ...move("jane", "pro"), reason: "\ud800" }],
  [
    "an idempotency key with a space",
    "invalid-request",
    "POST",
    "/v1/users",
    user("new"),
    { "idempotency-key": "a b" },
  ],
  ["a body that is too large", "body-too-large", "POST", "/v1/users", user("a".repeat(70_000))],
  [
    "a body of another type",
    "unsupported-media-type",
    "POST",
    "/v1/users",
    user("new"),
    { "content-type": "text/plain" },
  ],
];

function cursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** Platform and operator share the operations; whoever may is who sends. */
function callerFor(path: string, method: Method): CallerName {
  if (path.startsWith("/v1/resolve")) return "resolver";
  return path.startsWith("/v1/users") || (method === "GET" && path.startsWith("/v1/transfers"))
    ? "platform"
    : "operator";
}

describe.each([
  ["users", users],
  ["domains", domains],
  ["transfers and clusters", transfers],
  ["the request itself", requests],
] as const)("about %s", (_, cases) => {
  // Titles of their own: jest passes a callback for what a row lacks, and waits until it is called.
  const titled = cases.map((row) => [`${row[0]} is ${row[1]}: ${row[2]} ${row[3]}`, row] as const);
  it.each(titled)("%s", async (_title, [, type, method, path, body, headers = {}]) => {
    const before = await api.contents();
    const answer = await api.as(callerFor(path, method), method, path, { body, headers });
    const problem = answer.json<{ type: string; detail: string; instance: string; status: number }>();
    expect({ type: problem.type, detail: problem.detail }).toEqual({
      type: problemUri(type),
      detail: expect.any(String) as string,
    });
    expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect(problem.instance).toBe(answer.headers["x-request-id"]);
    expect(problem.status).toBe(answer.statusCode);
    expect(await api.contents()).toEqual(before);
  });
});

describe("what has gone too far to be undone", () => {
  it("is no transfer to cancel", async () => {
    const before = await api.contents();
    const answer = await api.as("operator", "POST", `/v1/transfers/${finished}/cancel`);
    expect(answer.json()).toMatchObject({ type: problemUri("transfer-not-cancellable"), status: 409 });
    expect(await api.contents()).toEqual(before);
  });

  it("is no evacuation to pause", async () => {
    const body = { source: "pro" };
    const { id } = (await api.as("operator", "POST", "/v1/evacuations", { body })).json<{ id: string }>();
    await api.as("operator", "POST", `/v1/evacuations/${id}/abort`);
    const before = await api.contents();
    const answer = await api.as("operator", "POST", `/v1/evacuations/${id}/pause`);
    expect(answer.json()).toMatchObject({ type: problemUri("evacuation-not-running"), status: 409 });
    expect(await api.contents()).toEqual(before);
  });
});

it("every refusal is as the document says", () => {
  expect(api.deviations).toEqual([]);
});

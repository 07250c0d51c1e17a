import fastify, { type FastifyInstance } from "fastify";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { ControlApi } from "../../../services/contracts/client";
import { problemUri } from "../../../services/contracts/problems";
import { ClusterResolver } from "../../../services/web-server/cluster-resolver";
import { addWorkspaceRoute, type WorkspaceAnswer } from "../../../services/web-server/workspace-route";
import { WorkspaceTokens } from "../../../services/web-server/workspace-token";
import { StubServer } from "../http/stub-server";

const KEY = "an-example-key-of-thirty-two-octets-or-more";
const RESOLUTION = {
  user: "jane",
  cluster: "free2",
  hosting: { ipv4: "203.0.113.7" },
  workspace: { ipv4: "203.0.113.8" },
  ttlSeconds: 60,
};

let control: StubServer;
let app: FastifyInstance;
beforeEach(async () => {
  control = await StubServer.start();
  const policy = { timeoutMs: 5_000, attempts: 1, backoff: { baseMs: 1, maxMs: 1 } };
  const api = new ControlApi({ url: control.url, token: () => Promise.resolve("token"), policy });
  app = fastify();
  addWorkspaceRoute(app, {
    resolver: new ClusterResolver({ api }),
    tokens: new WorkspaceTokens(`${KEY}\n`),
    domain: { zone: "apps.example.dev", parentZone: "example.dev" },
    scheme: "wss",
    userOf: ({ headers }) => headers["x-user"] as string | undefined,
  });
});
afterEach(async () => {
  await app.close();
  await control.stop();
});

const ask = (headers: Record<string, string> = { "x-user": "Jane" }, path = "/workspaces/shop") =>
  app.inject({ method: "POST", url: path, headers });

describe("a page that asks for its workspace", () => {
  it("gets the address in the user's cluster, and a token that the edge takes for this app only", async () => {
    control.replyWith({ status: 200, body: RESOLUTION });
    const response = await ask();
    expect([response.statusCode, response.headers["cache-control"]]).toEqual([200, "no-store"]);
    const { url, token, expiresInSeconds } = response.json<WorkspaceAnswer>();
    expect([url, expiresInSeconds]).toEqual(["wss://free2.workspace.example.dev/jane/shop", 60]);
    const { payload } = await jwtVerify(token, new TextEncoder().encode(KEY), {
      algorithms: ["HS256"],
      issuer: "web-server",
      audience: "workspace",
      subject: "jane",
    });
    expect(payload.app).toBe("shop");
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "HS256", typ: "JWT" });
  });

  it("gets another token each time, from one question to the control API", async () => {
    control.replyWith({ status: 200, body: RESOLUTION });
    const [first, second] = [(await ask()).json<WorkspaceAnswer>(), (await ask()).json<WorkspaceAnswer>()];
    expect(first.url).toBe(second.url);
    expect(first.token).not.toBe(second.token);
    expect(control.asked).toHaveLength(1);
  });

  it("is asked to log in", async () => {
    expect((await ask({})).statusCode).toBe(401);
  });

  it("is told that there is no such user", async () => {
    const body = { type: problemUri("unknown-user"), title: "", status: 404, detail: "no Jane", instance: "r" };
    control.replyWith({ status: 404, body });
    expect((await ask()).statusCode).toBe(404);
  });

  it("is told to come back while the control API is away and nothing is known", async () => {
    control.replyWith("drop");
    const response = await ask();
    expect([response.statusCode, response.headers["retry-after"]]).toEqual([503, "2"]);
  });

  it.each(["/workspaces/..%2Fjohn", "/workspaces/a%20b", "/workspaces/-"])(
    "is refused a name that is none: %s",
    async (path) => {
      expect((await ask(undefined, path)).statusCode).toBe(400);
      expect(control.asked).toEqual([]);
    },
  );
});

it("a key that is too short is refused, unseen", () => {
  expect(() => new WorkspaceTokens("short")).toThrow(
    new Error("the workspace token key has 5 octets; it must have 32 or more"),
  );
});

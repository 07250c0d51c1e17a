/** WebSockets of workspaces: by path, with a token of the web server's, at the user's cluster or through a tombstone. */
import { SignJWT } from "jose";
import { WebSocket } from "ws";
import { WorkspaceTokens } from "../../../../../services/web-server/workspace-token";
import { removeTempDirs } from "../../../../support/temp-dir";
import { ask, type Answer } from "./clients";
import { Cluster, siblingsOf, sites } from "./cluster";
import { TOKEN_KEYS, ZONE } from "./edge";

jest.setTimeout(25_000);

let free: Cluster;
let pro: Cluster;

beforeAll(async () => {
  const { port, sites: all } = await sites("free", "pro");
  free = await Cluster.start(all.free, {
    port,
    siblings: siblingsOf(all.free, all),
    maps: { tombstones: { berta: "pro" } },
  });
  pro = await Cluster.start(all.pro, { port, siblings: siblingsOf(all.pro, all) });
  await free.edge.siblingsAnswer();
});
afterAll(async () => {
  await Promise.all([free, pro].map(async (cluster) => await cluster.stop()));
  removeTempDirs();
});

async function tokenFor(user: string, app: string, key: string = TOKEN_KEYS[0]): Promise<string> {
  return await new WorkspaceTokens(key).sign({ user, app });
}

async function get(path: string, cluster = free): Promise<Answer> {
  return await ask(cluster.workspace, "free.workspace.example.com", { path });
}

describe.each([
  ["where the user lives", "anna", "free-vm-0"],
  ["through a tombstone", "berta", "pro-vm-0"],
])("%s", (_, user, origin) => {
  test("a WebSocket opens with a token for the app, and carries messages", async () => {
    const { host, port } = free.workspace;
    const url = `ws://${host}:${port}/${user}/shop/socket?token=${await tokenFor(user, "shop")}&x=1`;
    const socket = new WebSocket(url, { localAddress: "127.0.0.9" });
    const next = async () =>
      await new Promise<string>((resolve) => socket.once("message", (data: Buffer) => resolve(data.toString())));
    const hello = next();
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    expect(JSON.parse(await hello)).toMatchObject({
      origin,
      url: url.slice(url.indexOf(`/${user}/`)),
      headers: { "x-hosted-name": `shop.${user}.${ZONE}`, "x-forwarded-for": "127.0.0.9" },
    });
    const echo = next();
    socket.send("ping");
    expect(await echo).toBe("ping");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.close(1000);
    expect(await closed).toBe(1000);
  });
});

test("a token signed with the key of before is good", async () => {
  expect((await get(`/anna/shop?token=${await tokenFor("anna", "shop", TOKEN_KEYS[1])}`)).status).toBe(200);
});

describe("a token", () => {
  const seconds = () => Math.floor(Date.now() / 1000);
  const claims = { app: "shop", sub: "anna", iss: "web-server", aud: "workspace" };
  const sign = async (changed: object, key: string = TOKEN_KEYS[0], alg = "HS256") =>
    await new SignJWT({ ...claims, exp: seconds() + 60, ...changed })
      .setProtectedHeader({ alg })
      .sign(new TextEncoder().encode(key));
  const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify({ ...claims, exp: 9e9 })).toString("base64url")}.`;

  test.each<[string, () => Promise<string>, number]>([
    ["as the web server signs it", async () => await sign({}), 200],
    ["of another key", async () => await sign({}, "another key, which nobody here knows 0123"), 401],
    ["of another algorithm", async () => await sign({}, TOKEN_KEYS[0], "HS512"), 401],
    ["not signed", async () => await Promise.resolve(unsigned), 401],
    ["that has expired", async () => await sign({ exp: seconds() - 1 }), 401],
    ["that never expires", async () => await sign({ exp: undefined }), 401],
    ["of another issuer", async () => await sign({ iss: "somebody" }), 401],
    ["for another audience", async () => await sign({ aud: "else" }), 401],
    ["for no audience", async () => await sign({ aud: undefined }), 401],
    ["for another user", async () => await sign({ sub: "berta" }), 403],
    ["for another app", async () => await sign({ app: "blog" }), 403],
    ["for no user", async () => await sign({ sub: undefined }), 403],
    ["for no app", async () => await sign({ app: undefined }), 403],
    [
      "with another claim put in",
      async () =>
        (await sign({ sub: "berta" })).replace(
          /\.[^.]+\./,
          `.${Buffer.from(JSON.stringify({ ...claims, exp: 9e9 })).toString("base64url")}.`,
        ),
      401,
    ],
    ["empty", async () => await Promise.resolve(""), 401],
    ["that is none", async () => await Promise.resolve("..."), 401],
    ["with more behind it", async () => `${await sign({})}x`, 401],
  ])("%s", async (_, make, status) => {
    const token = await make();
    expect((await get(`/anna/shop/path?token=${token}`)).status).toBe(status);
  });

  test("missing is 401", async () => {
    expect((await get("/anna/shop")).status).toBe(401);
    expect((await get("/anna/shop?tokens=x")).status).toBe(401);
  });

  test("appears in no log, nor does its key in statistics", async () => {
    const token = await tokenFor("anna", "shop");
    await get(`/anna/shop/logged?token=${token}`);
    const line = await free.edge.logged("the request", ({ path }) => path === "/anna/shop/logged");
    expect(line).toMatchObject({ listener: "workspace", user: "anna", host: `shop.anna.${ZONE}`, status: 200 });
    const said = [JSON.stringify(free.edge.log), ...free.edge.other, await free.edge.runtime("show errors")].join("\n");
    expect(said).not.toContain(token);
    for (const key of TOKEN_KEYS) expect(said).not.toContain(key);
  });
});

test.each([
  "/",
  "/anna",
  "/anna/",
  "//shop",
  "/Anna/shop",
  "/anna/Shop",
  "/clusters/shop",
  "/ns/shop",
  "/xn--a/shop",
  "/-a/shop",
  "/anna/sh%6fp",
  "/anna/a.b",
  "/anna//shop",
  "/../anna/shop",
  `/${"x".repeat(64)}/shop`,
])("%s names no workspace", async (path) => {
  expect((await get(`${path}?token=${await tokenFor("anna", "shop")}`)).status).toBe(404);
});

test.each(["/anna/shop", "/anna/shop/", "/anna/shop/a/b", "/anna/shop//x"])("%s is the app's", async (path) => {
  const answer = await get(`${path}?token=${await tokenFor("anna", "shop")}`);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({
    origin: "free-vm-0",
    headers: { "x-hosted-name": `shop.anna.${ZONE}` },
  });
});

test("a user's app is at the same container VM for workspaces and for hosting", async () => {
  const { port, sites: all } = await sites("many");
  const many = await Cluster.start(all.many, { port, origins: 4 });
  try {
    for (let index = 0; index < 20; index++) {
      const app = `app-${index}`;
      const hosting = await ask(many.hosting, `${app}.anna.${ZONE}`);
      const workspace = await get(`/anna/${app}?token=${await tokenFor("anna", app)}`, many);
      const [one, other] = [hosting, workspace].map(({ body }) => (JSON.parse(body) as { origin: string }).origin);
      expect(one).toBe(other);
    }
  } finally {
    await many.stop();
  }
});

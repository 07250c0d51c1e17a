/** Whose app a request is for: the edge reads names as the contracts do, whatever a client writes. */
import fc from "fast-check";
import { parseHostedName } from "../../../../../services/contracts/names";
import { removeTempDirs } from "../../../../support/temp-dir";
import { ask, raw, seen, seenIn, statusOf } from "./clients";
import { Cluster, sites } from "./cluster";
import { ZONE, type Edge } from "./edge";

jest.setTimeout(25_000);

const DOMAINS = { "www.example.org": `shop.anna.${ZONE}`, "xn--bcher-kva.example": `books.berta.${ZONE}` };

let cluster: Cluster;
let edge: Edge;

beforeAll(async () => {
  const { port, sites: all } = await sites("free");
  cluster = await Cluster.start(all.free, { port, acceptProxyHeader: false, maps: { domains: DOMAINS }, origins: 3 });
  edge = cluster.edge;
});
afterAll(async () => {
  await cluster.stop();
  removeTempDirs();
});

describe("the host in the hosting zone", () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const oddLabel = fc.oneof(
    { weight: 8, arbitrary: label },
    fc.constantFrom(
      "clusters",
      "ns",
      "xn--bcher-kva",
      "ab--c",
      "-a",
      "a-",
      "",
      "a_b",
      "A",
      "Ns",
      "CLUSTERS",
      "*",
      "@",
      "a@b",
      "a:b",
      "[::1]",
      "x".repeat(63),
      "x".repeat(64),
    ),
    fc.stringMatching(/^[!-~]{1,4}$/),
  );
  const zone = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(ZONE, ZONE.toUpperCase(), "Apps.Example.Com") },
    fc.constantFrom("example.com", `x${ZONE}`, `${ZONE}.org`, "appsxexample.com", "apps.example-com"),
  );
  const ending = fc.oneof(
    { weight: 8, arbitrary: fc.constant("") },
    fc.constantFrom(".", "..", ":80", ".:80", ":", ":65536", ":123456", ":8o", ":80:80", "/", "?"),
  );
  const host = fc
    .tuple(fc.array(oddLabel, { maxLength: 4 }), zone, ending)
    .map(([labels, suffix, end]) => [...labels, suffix].join(".") + end);

  test("is read as parseHostedName reads it", async () => {
    await fc.assert(
      fc.asyncProperty(host, async (name) => {
        const expected = parseHostedName(name, ZONE);
        const answer = await raw(edge.hosting, `GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`);
        if (expected === undefined) return expect([400, 404]).toContain(statusOf(answer));
        const labels = [expected.app, expected.user, ZONE].filter((part) => part !== undefined);
        expect(seenIn(answer).headers).toMatchObject({ "x-hosted-name": labels.join("."), host: name });
      }),
      { numRuns: 400 },
    );
  });

  test.each([`a.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(63)}.${"e".repeat(44)}.${ZONE}`])(
    "is refused when it is longer than a name can be",
    async (name) => {
      expect(name.length).toBeGreaterThan(253);
      expect((await ask(edge.hosting, name)).status).toBe(404);
      expect((await ask(edge.hosting, name.slice(name.length - 253))).status).toBe(200);
    },
  );

  test("belongs to its user in the log", async () => {
    await ask(edge.hosting, `deep.er.shop.CARL.${ZONE}.:8080`, { path: "/in-the-log?token=secret" });
    const line = await edge.logged("the request", ({ path }) => path === "/in-the-log");
    expect(line).toMatchObject({ user: "carl", host: `deep.er.shop.carl.${ZONE}`, backend: "hosts" });
    expect(JSON.stringify(edge.log)).not.toContain("secret");
  });
});

describe("a custom domain", () => {
  test.each(["www.example.org", "WWW.Example.ORG.", "www.example.org:80"])("%s is its app's", async (name) => {
    expect((await seen(edge.hosting, name)).headers).toMatchObject({
      "x-hosted-name": `shop.anna.${ZONE}`,
      host: name,
    });
  });

  test("is what the recent map says, before the base map", async () => {
    await edge.set("domains", "www.example.org", "-");
    expect((await ask(edge.hosting, "www.example.org")).status).toBe(404);
    await edge.set("domains", "www.example.org", `other.berta.${ZONE}`);
    expect((await seen(edge.hosting, "www.example.org")).headers["x-hosted-name"]).toBe(`other.berta.${ZONE}`);
    await edge.set("domains", "www.example.org", `shop.anna.${ZONE}`);
  });

  test("that nobody claimed is a page that says so", async () => {
    const answer = await ask(edge.hosting, "nobody.example.org");
    expect(answer).toMatchObject({ status: 404, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(answer.body).toContain("No app is known by this name");
  });

  test("may not stand for what is no app", async () => {
    await edge.set("domains", "evil.example.org", "evil.example.net");
    expect((await ask(edge.hosting, "evil.example.org")).status).toBe(404);
  });

  test("cannot be one in the zone", async () => {
    await edge.set("domains", `clusters.${ZONE}`, `shop.anna.${ZONE}`);
    expect((await ask(edge.hosting, `clusters.${ZONE}`)).status).toBe(404);
  });
});

describe("a request line", () => {
  const app = `shop.anna.${ZONE}`;
  const close = "Connection: close\r\n\r\n";

  test("with an absolute URI reaches the server as path and query", async () => {
    const answer = await raw(edge.hosting, `GET http://${app}/a?b=1 HTTP/1.1\r\nHost: ${app}\r\n${close}`);
    expect(seenIn(answer)).toMatchObject({ url: "/a?b=1", headers: { host: app, "x-hosted-name": app } });
  });

  test.each([
    ["an absolute URI of another host", `GET http://x.berta.${ZONE}/ HTTP/1.1\r\nHost: ${app}\r\n${close}`],
    ["no host", `GET / HTTP/1.1\r\n${close}`],
    ["an empty host", `GET / HTTP/1.1\r\nHost:\r\n${close}`],
    ["two hosts", `GET / HTTP/1.1\r\nHost: ${app}\r\nHost: x.berta.${ZONE}\r\n${close}`],
    ["two hosts in one header", `GET / HTTP/1.1\r\nHost: ${app}, x.berta.${ZONE}\r\n${close}`],
    ["user information in the host", `GET / HTTP/1.1\r\nHost: x@${app}\r\n${close}`],
    ["a tunnel asked for", `CONNECT ${app}:443 HTTP/1.1\r\nHost: ${app}:443\r\n${close}`],
    ["the host of HTTP/1.0 missing", `GET / HTTP/1.0\r\n\r\n`],
  ])("with %s is refused", async (_, text) => {
    const before = cluster.origins.flatMap(({ requests }) => requests).length;
    expect([400, 404, 405]).toContain(statusOf(await raw(edge.hosting, text)));
    expect(cluster.origins.flatMap(({ requests }) => requests)).toHaveLength(before);
  });

  test("of OPTIONS * and of HTTP/1.0 is served", async () => {
    expect(seenIn(await raw(edge.hosting, `OPTIONS * HTTP/1.1\r\nHost: ${app}\r\n${close}`)).url).toBe("*");
    expect(seenIn(await raw(edge.hosting, `GET /old HTTP/1.0\r\nHost: ${app}\r\n\r\n`)).url).toBe("/old");
  });

  test("of a second request on a connection is read anew", async () => {
    const two = [app, `x.berta.${ZONE}`].map((host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const answers = await raw(edge.hosting, two.join(""), 300);
    expect(answers).toContain(`"x-hosted-name":"${app}"`);
    expect(answers).toContain(`"x-hosted-name":"x.berta.${ZONE}"`);
  });
});

describe("container VMs", () => {
  test("each app always goes to the same one, and all have some", async () => {
    const apps = Array.from({ length: 60 }, (_, index) => `app-${index}.user-${index % 7}.${ZONE}`);
    const placed = async () => await Promise.all(apps.map(async (app) => (await seen(edge.hosting, app)).origin));
    const first = await placed();
    expect(await placed()).toEqual(first);
    expect(new Set(first).size).toBe(3);
  });

  test("without one that answers health checks, apps are told when to come again", async () => {
    for (const { name } of cluster.origins) await edge.runtime(`disable server hosts/${name}`);
    const answer = await ask(edge.hosting, `shop.anna.${ZONE}`);
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    for (const { name } of cluster.origins) await edge.runtime(`enable server hosts/${name}`);
  });
});

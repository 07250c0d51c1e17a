/** Requests for users who have moved: sent on to their cluster, with proof of who asks, and never in circles. */
import { removeTempDirs } from "../../../../support/temp-dir";
import { ask, raw, seen } from "./clients";
import { Cluster, siblingsOf, sites } from "./cluster";
import { ZONE } from "./edge";
import { HOP_KEYS } from "./edge";
import { signHop } from "./sign-hop";

jest.setTimeout(25_000);

const APP = `shop.anna.${ZONE}`;
let free: Cluster;
let pro: Cluster;
let max: Cluster;

beforeAll(async () => {
  const { port, sites: all } = await sites("free", "pro", "max");
  const maps = { domains: { "www.example.org": APP } };
  const start = async (name: keyof typeof all) =>
    await Cluster.start(all[name], { port, siblings: siblingsOf(all[name], all), maps });
  [free, pro, max] = await Promise.all([start("free"), start("pro"), start("max")]);
  await Promise.all([free, pro, max].map(async ({ edge }) => await edge.siblingsAnswer()));
});
afterAll(async () => {
  await Promise.all([free, pro, max].map(async (cluster) => await cluster.stop()));
  removeTempDirs();
});

/** Tombstones of a user at the three clusters; nothing for none. */
async function tombstones(user: string, atFree: string, atPro = "-", atMax = "-"): Promise<void> {
  await free.edge.set("tombstones", user, atFree);
  await pro.edge.set("tombstones", user, atPro);
  await max.edge.set("tombstones", user, atMax);
}

describe("a tombstone", () => {
  test("sends requests on, with method, path, query, headers and client intact", async () => {
    await tombstones("anna", "pro");
    const asked = { path: "/a%20b/../c?x=1&x=2&y=%2F", method: "PATCH", headers: { "X-Odd": "a,b;c" }, body: "hello" };
    const host = `${APP.toUpperCase()}:80`;
    const request = await seen(free.hosting, host, { ...asked, localAddress: "127.0.0.9" });
    expect(request).toMatchObject({ origin: "pro-vm-0", method: "PATCH", url: asked.path, bytes: 5 });
    expect(request.headers).toMatchObject({
      host,
      "x-odd": "a,b;c",
      "x-forwarded-for": "127.0.0.9",
      "x-forwarded-proto": "http",
      "x-forwarded-host": host,
      "x-hosted-name": APP,
    });
    expect(request.headers).not.toHaveProperty("x-hop");
    const line = await pro.edge.logged("the hop", ({ path }) => path === "/a%20b/../c");
    expect(line).toMatchObject({ client: "127.0.0.9", hop: "valid", clusters: "free", user: "anna", status: 200 });
  });

  test("holds for custom domains of the user", async () => {
    await tombstones("anna", "pro");
    const request = await seen(free.hosting, "www.example.org");
    expect(request).toMatchObject({ origin: "pro-vm-0", headers: { "x-hosted-name": APP, host: "www.example.org" } });
  });

  test("concerns nobody else, and ends when it is taken away", async () => {
    await tombstones("anna", "pro");
    expect(await seen(free.hosting, `shop.ann.${ZONE}`)).toMatchObject({ origin: "free-vm-0" });
    expect(await seen(free.hosting, `anna.berta.${ZONE}`)).toMatchObject({ origin: "free-vm-0" });
    await tombstones("anna", "-");
    expect(await seen(free.hosting, APP)).toMatchObject({ origin: "free-vm-0" });
  });

  test("takes effect on connections that are open, and ends them: the next one asks DNS again", async () => {
    await tombstones("anna", "-");
    const get = `GET / HTTP/1.1\r\nHost: ${APP}\r\n\r\n`;
    const before = await raw(free.hosting, get + get, 300);
    expect(before.match(/"origin":"free-vm-0"/g)).toHaveLength(2);
    expect(before).not.toMatch(/^connection: close/im);
    await tombstones("anna", "pro");
    const after = await raw(free.hosting, get + get, 5000);
    expect(after.match(/"origin":"pro-vm-0"/g)).toHaveLength(1);
    expect(after).toMatch(/^connection: close/im);
  });

  test("is noted for each user who is asked for", async () => {
    await tombstones("dora", "pro");
    await seen(free.hosting, `x.dora.${ZONE}`);
    expect(await free.edge.runtime("show table tombstoned")).toMatch(/key=dora .*http_req_cnt=1\b/);
    expect(await free.edge.runtime("show table tombstoned")).not.toContain("key=berta");
  });

  test("of a cluster that this edge does not know runs nothing here", async () => {
    await tombstones("emil", "elsewhere");
    expect(await ask(free.hosting, `x.emil.${ZONE}`)).toMatchObject({ status: 502, headers: { "retry-after": "5" } });
  });
});

describe("hops", () => {
  test("are two at most, each telling who asks", async () => {
    await tombstones("anna", "pro", "max");
    const request = await seen(free.hosting, APP, { path: "/two-hops", localAddress: "127.0.0.9" });
    expect(request).toMatchObject({ origin: "max-vm-0", headers: { "x-forwarded-for": "127.0.0.9" } });
    const line = await max.edge.logged("two hops", ({ path }) => path === "/two-hops");
    expect(line).toMatchObject({ client: "127.0.0.9", hop: "valid", clusters: "free,pro" });
  });

  test("in a circle of two clusters end with 508, and the log names both", async () => {
    await tombstones("anna", "pro", "free");
    expect((await ask(free.hosting, APP, { path: "/circle" })).status).toBe(508);
    const line = await free.edge.logged("loop", ({ path, clusters }) => path === "/circle" && clusters === "free,pro");
    expect(line).toMatchObject({ status: 508, cluster: "free", sibling: "pro" });
    expect(free.edge.log.filter(({ path }) => path === "/circle")).toHaveLength(2);
  });

  test("in a circle of three end with 508", async () => {
    await tombstones("anna", "pro", "max", "free");
    expect(await ask(free.hosting, APP)).toMatchObject({ status: 508, headers: { "retry-after": "5" } });
  });

  test("back to where the user lives again are served", async () => {
    await tombstones("anna", "-", "free");
    const headers = { "x-hop": signHop({ host: APP, clusters: "free,pro" }) };
    expect(await seen(free.hosting, APP, { headers })).toMatchObject({ origin: "free-vm-0" });
  });
});

describe("a hop header", () => {
  const CLIENT = "198.51.100.7";
  beforeAll(async () => await tombstones("anna", "-"));

  test.each([
    ["signed with the first key", {}],
    ["signed with the key of before", { key: HOP_KEYS[1] }],
    ["of an IPv6 client", { client: "2001:db8::7" }],
    ["nearly too old", { seconds: Math.floor(Date.now() / 1000) - 10 }],
  ])("%s is believed", async (_, hop) => {
    const headers = { "x-hop": signHop({ host: APP, client: CLIENT, ...hop }) };
    const client = "client" in hop ? hop.client : CLIENT;
    expect((await seen(free.hosting, APP, { headers })).headers["x-forwarded-for"]).toBe(client);
  });

  const valid = () => signHop({ host: APP });
  test.each([
    ["signed with another key", () => signHop({ host: APP, key: "guessed" })],
    ["for another host", () => signHop({ host: `x.berta.${ZONE}` })],
    ["for another method", () => signHop({ host: APP, method: "POST" })],
    ["of another version", () => signHop({ host: APP, version: "v2" })],
    ["too old", () => signHop({ host: APP, seconds: Math.floor(Date.now() / 1000) - 32 })],
    ["from the future", () => signHop({ host: APP, seconds: Math.floor(Date.now() / 1000) + 33 })],
    ["with another client put in", () => valid().replace("198.51.100.7", "198.51.100.8")],
    ["with another cluster put in", () => valid().replace(";pro;", ";max;")],
    ["without signature", () => valid().replace(/;[^;]+$/, "")],
    ["with an empty signature", () => valid().replace(/[^;]+$/, "")],
    ["with a shorter signature", () => valid().slice(0, -4)],
    ["with more behind it", () => `${valid()};x`],
    ["empty", () => ""],
    ["of odd octets", () => ';;;;;"%[str(x)]'],
  ])("%s is not believed, and does no harm", async (_, hop) => {
    const header = hop();
    const request = await seen(free.hosting, APP, { headers: { "x-hop": header }, localAddress: "127.0.0.8" });
    expect(request.headers).toMatchObject({ "x-forwarded-for": "127.0.0.8" });
    expect(request.headers).not.toHaveProperty("x-hop");
  });

  test("that is one of two is not believed", async () => {
    const request = await seen(free.hosting, APP, {
      headers: { "x-hop": [valid(), valid()] },
      localAddress: "127.0.0.8",
    });
    expect(request.headers["x-forwarded-for"]).toBe("127.0.0.8");
  });

  test("that is invalid is logged and counted, by address", async () => {
    const headers = { "x-hop": signHop({ host: APP, key: "guessed" }) };
    await ask(free.hosting, APP, { path: "/forged", headers, localAddress: "127.0.0.7" });
    expect(await free.edge.logged("a forged hop", ({ path }) => path === "/forged")).toMatchObject({
      hop: "invalid",
      clusters: "-",
      client: "127.0.0.7",
    });
    expect(await free.edge.runtime("show table clients")).toMatch(/key=::ffff:127\.0\.0\.7 .*gpt0=0 gpc0=1\b/);
  });
});

test.each([
  "x-forwarded-for",
  "X-Forwarded-Host",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x_forwarded_for",
  "x-hosted-name",
  "x_hosted_name",
  "x-hop",
  "forwarded",
  "x-real-ip",
])("%s from outside does not get in, at one cluster or two", async (header) => {
  for (const at of ["-", "pro"]) {
    await tombstones("anna", at);
    const request = await seen(free.hosting, APP, { headers: { [header]: "spoofed" } });
    expect(JSON.stringify(request)).not.toContain("spoofed");
  }
});

test("keys appear in no log and in no statistics", async () => {
  const said = await Promise.all(
    ["show stat", "show info", "show errors", "show sess all", "show env"].map(
      async (command) => await free.edge.runtime(command),
    ),
  );
  const text = [...said, JSON.stringify(free.edge.log), ...free.edge.other].join("\n");
  for (const key of HOP_KEYS) {
    expect(text).not.toContain(key);
    expect(text).not.toContain(Buffer.from(key).toString("base64"));
  }
});

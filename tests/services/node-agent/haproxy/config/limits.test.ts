/** What one client or one user may use of an edge, and what the others notice of it. */
import { connect, type Socket } from "node:net";
import { DEFAULT_LIMITS } from "../../../../../services/node-agent/haproxy/settings";
import { removeTempDirs } from "../../../../support/temp-dir";
import { until } from "../../../../support/until";
import { ask, raw, received, statusOf } from "./clients";
import { Cluster, sites } from "./cluster";
import { ZONE } from "./edge";
import { signHop } from "./sign-hop";

jest.setTimeout(25_000);

const NOISY = `x.noisy.${ZONE}`;
const QUIET = `x.quiet.${ZONE}`;
const LIMITS = {
  connectionsPerAddress: 30,
  requestRatePerUser: 20,
  concurrentPerUser: 10,
  headerSeconds: 1,
  keepAliveSeconds: 1,
} as const;
const CONNECTIONS_PER_HOST = 5;

let cluster: Cluster;
let small: Cluster;
beforeAll(async () => {
  const { port, sites: all } = await sites("free", "small");
  cluster = await Cluster.start(all.free, { port, acceptProxyHeader: false, limits: LIMITS });
  small = await Cluster.start(all.small, {
    port,
    acceptProxyHeader: false,
    origins: 2,
    limits: { connectionsPerHost: CONNECTIONS_PER_HOST },
  });
});
afterAll(async () => {
  await Promise.all([cluster.stop(), small.stop()]);
  removeTempDirs();
});

const get = (host: string, headers = "") => `GET / HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`;

describe("heads", () => {
  test.each([
    ["headers of the largest size", get(QUIET, `X-Large: ${"x".repeat(DEFAULT_LIMITS.headerBytes - 100)}\r\n`), 200],
    ["larger headers", get(QUIET, `X-Large: ${"x".repeat(DEFAULT_LIMITS.headerBytes)}\r\n`), 431],
    ["many small headers that are larger", get(QUIET, `X-Small: ${"x".repeat(500)}\r\n`.repeat(20)), 431],
    ["headers beyond what is read", get(QUIET, `X-Large: ${"x".repeat(60_000)}\r\n`), 400],
    ["more headers than are read", get(QUIET, "x: y\r\n".repeat(200)), 400],
    ["a long path", get(QUIET).replace("/", `/${"x".repeat(DEFAULT_LIMITS.uriBytes)}`), 414],
    ["a path beyond what is read", get(QUIET).replace("/", `/${"x".repeat(60_000)}`), 400],
    ["a request line without end", "x".repeat(60_000), 400],
    ["a method without end", `${"X".repeat(40_000)} / HTTP/1.1\r\n\r\n`, 400],
    ["another protocol", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 400],
  ])("with %s are answered", async (_, text, status) => {
    expect(statusOf(await raw(cluster.edge.hosting, text, 3000))).toBe(status);
  });

  test("that fit, fit with what the edge adds", async () => {
    const path = `/${"p".repeat(DEFAULT_LIMITS.uriBytes - 1)}`;
    const text = get(QUIET, `X-Large: ${"x".repeat(DEFAULT_LIMITS.headerBytes - 100)}\r\n`).replace("/", path);
    expect(statusOf(await raw(cluster.edge.hosting, text))).toBe(200);
  });

  test("that do not come to an end are answered 408 in time, whatever trickles in", async () => {
    const socket = connect(cluster.edge.hosting);
    socket.write(`GET / HTTP/1.1\r\nHost: ${QUIET}\r\n`);
    const trickle = setInterval(() => socket.write("x: y\r\n"), 200);
    const begin = performance.now();
    const answer = await received(socket, 5000);
    clearInterval(trickle);
    expect(statusOf(answer)).toBe(408);
    expect(performance.now() - begin).toBeLessThan(3000);
  });

  test("that do not follow on a connection end it without a word", async () => {
    const answer = await raw(cluster.edge.hosting, get(QUIET).replace("Connection: close\r\n", ""), 5000);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe("one address", () => {
  const open = async (count: number, localAddress: string): Promise<Socket[]> =>
    await Promise.all(
      Array.from({ length: count }, async () => {
        const socket = connect({ ...cluster.edge.hosting, localAddress }).on("error", () => undefined);
        await new Promise((resolve) => socket.once("connect", resolve));
        return socket;
      }),
    );

  test("has so many connections, and others notice nothing of it", async () => {
    const sockets = await open(LIMITS.connectionsPerAddress + 20, "127.0.0.21");
    await until(
      "those beyond are closed",
      () => sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length === 20,
      5000,
    );
    expect((await ask(cluster.edge.hosting, QUIET, { localAddress: "127.0.0.22" })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test("has more once it has proved to be a sibling's", async () => {
    const headers = { "x-hop": signHop({ host: QUIET }) };
    await ask(cluster.edge.hosting, QUIET, { headers, localAddress: "127.0.0.23" });
    const sockets = await open(LIMITS.connectionsPerAddress + 20, "127.0.0.23");
    const answer = await ask(cluster.edge.hosting, QUIET, { localAddress: "127.0.0.23" });
    expect(answer.status).toBe(200);
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });
});

describe("one user", () => {
  test("has so many requests at once; those beyond are told when to come again, and others notice nothing", async () => {
    const many = Array.from(
      { length: 20 },
      async () => await ask(cluster.edge.hosting, `a.crowd.${ZONE}`, { path: "/held" }),
    );
    const first = await Promise.race(many);
    expect(first).toMatchObject({ status: 429, headers: { "retry-after": "5" } });
    const release = setInterval(() => cluster.origins[0]?.release(), 20);
    const statuses = (await Promise.all(many)).map(({ status }) => status);
    clearInterval(release);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20 - LIMITS.concurrentPerUser);
    expect((await ask(cluster.edge.hosting, QUIET)).status).toBe(200);
  });

  test("has so many requests in ten seconds, over all addresses and apps", async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 210; count++) {
      const localAddress = `127.0.1.${1 + (count % 50)}`;
      statuses.push((await ask(cluster.edge.hosting, `app-${count % 3}.noisy.${ZONE}`, { localAddress })).status);
    }
    const allowed = statuses.filter((status) => status === 200).length;
    expect(allowed).toBe(LIMITS.requestRatePerUser * 10);
    expect(statuses.slice(allowed).every((status) => status === 429)).toBe(true);
    expect(await ask(cluster.edge.hosting, NOISY)).toMatchObject({ status: 429, headers: { "retry-after": "5" } });
    expect((await ask(cluster.edge.hosting, QUIET)).status).toBe(200);
  });
});

test("container VMs take so many at once for each that is healthy; those beyond are told at once when to come again", async () => {
  const { edge, origins } = small;
  const underWay = () => origins.reduce((sum, { waiting }) => sum + waiting, 0);
  const ask12 = () =>
    Array.from(
      { length: 12 },
      async (_, index) => await ask(edge.hosting, `x.user-${index}.${ZONE}`, { path: "/held" }),
    );
  const expectServed = async (answers: ReturnType<typeof ask12>, count: number) => {
    await until("they are full", () => underWay() === count, 5000);
    const begin = performance.now();
    const refused = await Promise.race(answers);
    expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    expect(performance.now() - begin).toBeLessThan(1000);
    for (const origin of origins) origin.release();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(count);
    expect(statuses.filter((status) => status === 503)).toHaveLength(12 - count);
  };
  await expectServed(ask12(), 2 * CONNECTIONS_PER_HOST);
  const [first] = origins;
  if (first === undefined) throw new Error("unreachable");
  first.isHealthy = false;
  await until("one is out", async () => (await edge.serverState("hosts", first.name)) === "DOWN", 5000);
  await expectServed(ask12(), CONNECTIONS_PER_HOST);
  expect(edge.log.filter(({ status }) => status === 503).every(({ ended }) => ended === "LR")).toBe(true);
});

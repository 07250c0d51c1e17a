/** The feed's end as a node sees it: over a socket that it reads, or does not. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Pool } from "pg";
import { listNodes } from "../../../../services/resolution/nodes/list";
import { startFeedServer, type FeedServer } from "../../../support/feed-server";
import { openFeedStore, put, write } from "../../../support/feed-store";
import { TestPostgres } from "../../../support/postgres";
import { until } from "../../../support/until";

jest.setTimeout(30_000);

let postgres: TestPostgres;
let pool: Pool;
let server: FeedServer;
const sockets: Socket[] = [];

beforeAll(async () => {
  postgres = await TestPostgres.start();
});
beforeEach(async () => {
  pool = await openFeedStore(postgres);
  server = await startFeedServer(pool, { heartbeatMs: 50, sweepMs: 50, batchEntries: 5 });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop();
  await pool.end();
});
afterAll(async () => {
  await postgres.stop();
});

/** Opens a node's feed and reads nothing of it. */
async function open(node: string): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
  sockets.push(socket);
  await once(socket, "connect");
  const query = new URLSearchParams({ kind: "dns", node, incarnation: randomUUID(), after: "0" });
  socket.write(`GET /v1/feed?${query.toString()} HTTP/1.1\r\nhost: feed\r\n\r\n`);
  return socket.pause();
}

/** Reads to the end of the connection, or to that of the answer. */
async function endOf(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text = (text + chunk.toString()).slice(-100))).on("error", () => undefined);
  socket.resume();
  await until("the end", () => socket.closed || text.endsWith("0\r\n\r\n"));
  return text;
}

/** Waits until nothing more goes out, though there is more. */
async function stuck(): Promise<void> {
  let before = -1;
  await until("a full socket", () => {
    const [socket] = server.sockets;
    const isStuck = socket !== undefined && socket.writableLength > 0 && socket.bytesWritten === before;
    before = socket?.bytesWritten ?? -1;
    return isStuck;
  });
}

/** More than the sockets and streams between server and node hold. */
async function writeMuch(): Promise<void> {
  const padding = "x".repeat(100_000);
  for (let batch = 0; batch < 8; batch++) {
    const writes = Array.from({ length: 25 }, (_, index) => ({
      ...put("dns", `user/u${batch}-${index}`, index),
      value: { padding },
    }));
    await write(pool, ...writes);
  }
}

test("a server that stops ends the answer of a node that reads, whole", async () => {
  const socket = await open("dns-1");
  await until("the follower", () => server.hub.state.followers === 1);
  const ended = endOf(socket);
  await server.hub.stop();
  expect(await ended).toMatch(/\r\n0\r\n\r\n$/);
  expect((await listNodes(pool)).map(({ live }) => live)).toEqual([true]);
});

test("a server that stops does not wait for a node that does not read, which stays alive for its lease", async () => {
  await writeMuch();
  await open("dns-1");
  await stuck();
  await server.hub.stop();
  await until("the socket's end", () => server.sockets.size === 0);
  expect((await listNodes(pool)).map(({ live }) => live)).toEqual([true]);
});

test("a node that neither reads nor says anything holds no socket beyond its lease", async () => {
  await writeMuch();
  await open("dns-1");
  await stuck();
  await pool.query("update service_clock set elapsed_ms = elapsed_ms + 60000");
  await until("the socket's end", () => server.sockets.size === 0);
  expect(server.hub.state.followers).toBe(0);
});

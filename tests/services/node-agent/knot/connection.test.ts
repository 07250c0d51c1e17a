/** The connection, with servers that do not do what Knot does. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Connection, ConnectionLost, type ConnectionOptions } from "../../../../services/node-agent/knot/connection";
import { frame, FrameReader } from "../../../../services/node-agent/knot/wire/frames";
import { encodeQuery } from "../../../../services/node-agent/knot/wire/message";
import { TsigError } from "../../../../services/node-agent/knot/wire/tsig";
import { until } from "../../../support/until";

const KEY = { name: "key.test", secret: Buffer.alloc(32, 1) };
const servers: Server[] = [];
const connections: Connection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

/** Listens, and calls back with each message of each client. */
async function serve(onMessage: (message: Buffer, socket: Socket) => void, options?: ConnectionOptions) {
  const clients: Socket[] = [];
  const server = createServer((socket) => {
    const reader = new FrameReader();
    clients.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      for (const message of reader.push(chunk)) onMessage(message, socket);
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const connection = new Connection({ host: "127.0.0.1", port }, KEY, options);
  connections.push(connection);
  return { connection, clients };
}

const query = (id: number) => encodeQuery(id, "example.test", "SOA");

test("a server that is silent is given up after the timeout, and the next request connects anew", async () => {
  const { connection, clients } = await serve(() => undefined, { timeoutMs: 50 });
  const both = [connection.exchange(query), connection.exchange(query)];
  for (const request of both) await expect(request).rejects.toThrow("no answer from Knot in 50 ms");
  await expect(connection.exchange(query)).rejects.toThrow(ConnectionLost);
  expect(clients).toHaveLength(2);
});

test("no more requests are in flight than allowed, and those that wait keep their order", async () => {
  const seen: number[] = [];
  const { connection } = await serve((message) => seen.push(message.readUInt16BE(0)), { maxInFlight: 3 });
  const requests = Array.from({ length: 10 }, () => connection.exchange(query));
  await until("three requests", () => seen.length === 3);
  connection.close();
  const results = await Promise.allSettled(requests);
  expect(results.every(({ status }) => status === "rejected")).toBe(true);
  expect(seen).toEqual([1, 2, 3]);
});

test("an answer that is not signed is not believed", async () => {
  const { connection } = await serve((message, socket) => {
    const id = message.readUInt16BE(0);
    const unsigned = encodeQuery(id, "example.test", "SOA");
    socket.write(frame(unsigned));
  });
  await expect(connection.exchange(query)).rejects.toThrow(TsigError);
});

test("an answer that nobody asked for is passed over, and garbage ends the connection", async () => {
  const { connection, clients } = await serve((message, socket) => {
    socket.write(frame(encodeQuery(message.readUInt16BE(0) + 1, "example.test", "SOA")));
    socket.write(frame(Buffer.from("garbage")));
  });
  await expect(connection.exchange(query)).rejects.toThrow("Knot's answer cannot be read");
  expect(clients).toHaveLength(1);
});

test("a server that closes at once is told as a lost connection", async () => {
  const { connection } = await serve((_, socket) => socket.destroy());
  await expect(connection.exchange(query)).rejects.toThrow(ConnectionLost);
  expect(connection.connected).toBe(false);
});

test("where nobody listens, attempts to connect become rarer", async () => {
  const { connection } = await serve(() => undefined);
  const [server] = servers.splice(0);
  server?.close();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) {
    const began = performance.now();
    await expect(connection.exchange(query)).rejects.toThrow("cannot be reached");
    waits.push(performance.now() - began);
  }
  expect(waits[4]).toBeGreaterThan(150);
});

test("what is asked after the connection was closed is rejected", async () => {
  const { connection, clients } = await serve(() => undefined);
  connection.close();
  await expect(connection.exchange(query)).rejects.toThrow("was closed");
  expect(clients).toHaveLength(0);
});

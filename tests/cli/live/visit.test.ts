import { Agent, createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import { visit, visitByWebSocket } from "../../../cli/live/visit";

const servers: Server[] = [];

async function serve(listener: RequestListener): Promise<{ server: Server; at: { host: string; port: number } }> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, at: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } };
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

const SERVED = { "x-served-by": "free/vm-1/4711/start-1" };

test("a visit tells which cluster, machine and process served it", async () => {
  const { at } = await serve(({ headers }, response) => response.writeHead(200, SERVED).end(headers.host));
  const seen = await visit({ at, host: "hello.ann.test", timeoutMs: 5_000 });
  expect(seen).toMatchObject({ status: 200, cluster: "free", by: "vm-1/4711", text: "hello.ann.test" });
  expect(seen.ms).toBeGreaterThan(0);
});

test("an edge's own answer is served by no cluster", async () => {
  const { at } = await serve((_, response) => response.writeHead(503).end());
  expect(await visit({ at, host: "hello.ann.test", timeoutMs: 5_000 })).toMatchObject({
    status: 503,
    cluster: "",
    by: "",
  });
});

test("a visit without an answer ends in time", async () => {
  const { at } = await serve(() => undefined);
  await expect(visit({ at, host: "hello.ann.test", timeoutMs: 50 })).rejects.toThrow("no answer within 0.05 s");
});

test("a kept connection that was closed meanwhile is nobody's loss: another is opened, as browsers do", async () => {
  let connections = 0;
  const { server, at } = await serve((request, response) => {
    // The second request on a connection finds it closed.
    if ((request.socket as Socket & { used?: boolean }).used === true) request.socket.destroy();
    else response.writeHead(200, SERVED).end();
    Object.assign(request.socket, { used: true });
  });
  server.on("connection", () => connections++);
  const agent = new Agent({ keepAlive: true });
  for (const host of ["a.test", "b.test"]) {
    expect((await visit({ at, host, timeoutMs: 5_000, agent })).status).toBe(200);
  }
  expect(connections).toBe(2);
  agent.destroy();
});

test("a fresh connection that is cut is a failure", async () => {
  const { at } = await serve(({ socket }) => socket.destroy());
  await expect(visit({ at, host: "a.test", timeoutMs: 5_000 })).rejects.toThrow(/socket hang up|ECONNRESET/);
});

test("a WebSocket visit takes an echo, and tells who served it", async () => {
  const { server, at } = await serve((_, response) => response.end());
  const sockets = new WebSocketServer({ server });
  sockets.on("headers", (headers) => headers.push("x-served-by: free/vm-1/4711/start-1"));
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  const seen = await visitByWebSocket({ at, host: "ws.ann.test", timeoutMs: 5_000 });
  expect(seen).toMatchObject({ status: 101, cluster: "free", by: "vm-1/4711" });
});

test("a WebSocket that is refused, or from which nothing comes back, is a failure", async () => {
  const { at } = await serve((_, response) => response.end());
  await expect(visitByWebSocket({ at, host: "ws.ann.test", timeoutMs: 5_000 })).rejects.toThrow(/200/);
  const silent = await serve((_, response) => response.end());
  new WebSocketServer({ server: silent.server });
  await expect(visitByWebSocket({ at: silent.at, host: "ws.ann.test", timeoutMs: 50 })).rejects.toThrow(
    "no echo within",
  );
});

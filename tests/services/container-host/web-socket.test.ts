/** WebSockets through a host: octets as they come, and an end that clients understand when the user leaves. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";
import { removeTempDirs } from "../../support/temp-dir";
import { until } from "../../support/until";
import { isRunning, TestHost, ZONE } from "./support/host";

jest.setTimeout(60_000);

let host: TestHost;
beforeAll(async () => (host = await TestHost.start()));
afterAll(async () => {
  await host.stop();
  removeTempDirs();
});

async function open(user: string, path = "/"): Promise<{ socket: WebSocket; process: string; startId: string }> {
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}${path}`, {
    headers: { "x-hosted-name": `ws.${user}.${ZONE}` },
  });
  socket.on("error", () => undefined);
  const [answer] = (await Promise.race([once(socket, "upgrade"), once(socket, "unexpected-response")])) as [
    { headers: Record<string, string> },
  ];
  if (socket.readyState !== WebSocket.OPEN) await once(socket, "open");
  const [, , process = "", startId = ""] = String(answer.headers["x-served-by"]).split("/");
  return { socket, process, startId };
}

it("passes text and binary messages of all lengths, both ways and in order", async () => {
  const { socket } = await open("alice");
  const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];
  const echoed: { size: number; isBinary: boolean }[] = [];
  socket.on("message", (data: Buffer, isBinary) => echoed.push({ size: data.length, isBinary }));
  for (const size of sizes) socket.send(Buffer.alloc(size, 1), { binary: size % 2 === 0 });
  await until("the echo", () => echoed.length === sizes.length);
  expect(echoed).toEqual(sizes.map((size) => ({ size, isBinary: size % 2 === 0 })));
  socket.close(4001, "enough");
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([4001, "enough"]);
  await until("its end", async () => (await host.metric("requests")) === 0);
});

it("is closed with 1012 when its user leaves, before that is acknowledged, and cannot be opened again", async () => {
  const { socket, process } = await open("bob");
  const closed = once(socket, "close") as Promise<[number]>;
  await host.settle("bob", "leaving");
  expect((await closed)[0]).toBe(1012);
  expect(isRunning(process)).toBe(false);
  const refused = new WebSocket(`ws://127.0.0.1:${host.port}/`, { headers: { "x-hosted-name": `ws.bob.${ZONE}` } });
  refused.on("error", () => undefined);
  const answered = once(refused, "unexpected-response") as Promise<[unknown, { statusCode: number; headers: object }]>;
  await until("its waiting", async () => (await host.metric("held_requests")) === 1);
  host.api.tell("bob", "leaving");
  const [, answer] = await answered;
  expect(answer).toMatchObject({ statusCode: 503, headers: { "retry-after": "1" } });
});

it("is closed between two frames: a message that is under way arrives whole", async () => {
  const { socket } = await open("carol", "/?large=15000000");
  // A client that stops reading keeps the host in the middle of the frame.
  socket.pause();
  const { _socket: connection } = socket as unknown as { _socket: Socket };
  const received = once(socket, "message") as Promise<[Buffer]>;
  const closed = once(socket, "close") as Promise<[number]>;
  await until("the frame", () => connection.bytesRead > 1_000);
  const left = host.settle("carol", "leaving");
  await until("its being in force", async () => (await host.get("echo.carol")).status === 503);
  socket.resume();
  expect((await received)[0]).toHaveLength(15_000_000);
  expect((await closed)[0]).toBe(1012);
  await left;
});

it("waits while its user arrives, and opens when they are resident", async () => {
  await host.settle("dave", "arriving");
  const opening = open("dave");
  await until("its waiting", async () => (await host.metric("held_requests")) === 1);
  expect(host.journal("dave")).toEqual([]);
  host.api.tell("dave", "resident");
  (await opening).socket.terminate();
});

it("does not keep its place when its client goes away while it waits", async () => {
  await host.settle("erin", "arriving");
  const socket = connect(host.port, "127.0.0.1");
  const fields = `host: a\r\nx-hosted-name: ws.erin.${ZONE}\r\nconnection: upgrade\r\nupgrade: websocket\r\n`;
  socket.write(`GET / HTTP/1.1\r\n${fields}\r\n`);
  await until("its waiting", async () => (await host.metric("held_requests")) === 1);
  socket.end();
  await until("its going", async () => (await host.metric("held_requests")) === 0);
});

it("ends for the client when its app dies", async () => {
  const { socket, process: pid } = await open("frank");
  process.kill(Number(pid), "SIGKILL");
  const [code] = (await once(socket, "close")) as [number];
  expect(code).toBe(1006);
});

it("passes on the answer of an app that does not talk WebSocket", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${host.port}/?status=418`, {
    headers: { "x-hosted-name": `echo.alice.${ZONE}` },
  });
  socket.on("error", () => undefined);
  const [, answer] = (await once(socket, "unexpected-response")) as [unknown, { statusCode: number }];
  expect(answer.statusCode).toBe(418);
});

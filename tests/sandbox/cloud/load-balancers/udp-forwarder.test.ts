import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { UdpForwarder } from "../../../../sandbox/cloud/load-balancers/udp-forwarder";
import { freePort, ownAddress } from "../../../services/node-agent/haproxy/config/addresses";
import { until } from "../../../support/until";
import { SILENT } from "../support";

const sockets: Socket[] = [];
const forwarders: UdpForwarder[] = [];

afterEach(async () => {
  await Promise.all(forwarders.splice(0).map((forwarder) => forwarder.close()));
  await Promise.all(sockets.splice(0).map((socket) => new Promise<void>((closed) => socket.close(closed))));
});

async function bound(host = "127.0.0.1"): Promise<Socket> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  socket.bind(0, host);
  await once(socket, "listening");
  return socket;
}

/** Answers with its name and the port that it was asked from. */
async function server(name: string) {
  const socket = await bound(ownAddress());
  const clients = new Set<number>();
  socket.on("message", (_, { port, address }) => {
    clients.add(port);
    socket.send(`${name} ${port}`, port, address);
  });
  const { address: host, port } = socket.address();
  return { endpoint: { host, port }, clients, socket };
}

async function forwarder(options: { maxClients?: number; idleMs?: number } = {}) {
  const host = ownAddress();
  const listen = { host, port: await freePort(host) };
  const opened = await UdpForwarder.open({ listen, log: SILENT, ...options });
  forwarders.push(opened);
  return { opened, listen };
}

async function ask(client: Socket, { host, port }: { host: string; port: number }): Promise<string> {
  const answered = once(client, "message") as Promise<[Buffer]>;
  client.send("?", port, host);
  return (await answered)[0].toString();
}

test("each client is answered from the address that it asked, and keeps its place", async () => {
  const { endpoint } = await server("a");
  const { opened, listen } = await forwarder();
  opened.setTargets([endpoint]);
  const [first, second] = await Promise.all([bound(), bound()]);
  const froms: string[] = [];
  first.on("message", (_, { address, port }) => froms.push(`${address}:${port}`));
  const answers = [await ask(first, listen), await ask(second, listen), await ask(first, listen)];
  expect(answers[2]).toBe(answers[0]);
  expect(answers[1]).not.toBe(answers[0]);
  expect(froms).toEqual([`${listen.host}:${listen.port}`, `${listen.host}:${listen.port}`]);
});

test("clients are shared out among the targets", async () => {
  const [a, b] = await Promise.all([server("a"), server("b")]);
  const { opened, listen } = await forwarder();
  opened.setTargets([a.endpoint, b.endpoint]);
  for (let count = 0; count < 4; count++) await ask(await bound(), listen);
  expect([a.clients.size, b.clients.size]).toEqual([2, 2]);
});

test("the client that was silent for longest makes room for a new one", async () => {
  const { endpoint } = await server("a");
  const { opened, listen } = await forwarder({ maxClients: 2 });
  opened.setTargets([endpoint]);
  const [first, second, third] = await Promise.all([bound(), bound(), bound()]);
  const before = [await ask(first, listen), await ask(second, listen)];
  expect(await ask(first, listen)).toBe(before[0]);
  await ask(third, listen);
  expect(await ask(first, listen)).toBe(before[0]);
  expect(await ask(second, listen)).not.toBe(before[1]);
});

test("a client that was silent for long starts anew", async () => {
  const { endpoint } = await server("a");
  const { opened, listen } = await forwarder({ idleMs: 10 });
  opened.setTargets([endpoint]);
  const client = await bound();
  const before = await ask(client, listen);
  await until("it is forgotten", async () => (await ask(client, listen)) !== before);
});

test("datagrams from anybody else than the target do not reach the client", async () => {
  const { endpoint, clients, socket } = await server("a");
  const { opened, listen } = await forwarder();
  opened.setTargets([endpoint]);
  const client = await bound();
  const heard: string[] = [];
  client.on("message", (message) => heard.push(message.toString()));
  await ask(client, listen);
  const [upstream = 0] = clients;
  const stranger = await bound();
  await new Promise<void>((sent) => stranger.send("forged", upstream, "127.0.0.1", () => sent()));
  socket.send("later", upstream, "127.0.0.1");
  await until("what was sent later", () => heard.includes("later"));
  expect(heard).not.toContain("forged");
});

test("without targets datagrams are dropped, and served once there is one", async () => {
  const { endpoint } = await server("a");
  const { opened, listen } = await forwarder();
  const client = await bound();
  client.send("?", listen.port, listen.host);
  opened.setTargets([endpoint]);
  expect(await ask(client, listen)).toMatch(/^a /);
});

test("an address that is taken is an error", async () => {
  const { listen } = await forwarder();
  await expect(UdpForwarder.open({ listen, log: SILENT })).rejects.toThrow("EADDRINUSE");
});

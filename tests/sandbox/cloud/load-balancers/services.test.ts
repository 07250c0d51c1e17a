import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Pod } from "../../../../sandbox/cloud/context";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { CLUSTER, gkeStack, NAMESPACE, object, regional, REGION, SCOPE, serviceObject, TYPES } from "./support/stack";
import { visit, World } from "./support/world";

jest.setTimeout(60_000);

let world: World;
const sockets: Socket[] = [];

beforeEach(async () => {
  world = await World.open();
  gkeStack(world.records);
});

afterEach(async () => {
  await Promise.all(sockets.splice(0).map((socket) => new Promise<void>((closed) => socket.close(closed))));
  await world.close();
  removeTempDirs();
});

async function settled(name: string): Promise<void> {
  await world.settled(TYPES.service, `${NAMESPACE}/${name}`, SCOPE);
}

async function serveHttp({ name, address }: Pod): Promise<void> {
  await world.listen(
    createServer((_, response) => response.end(name)),
    address,
    8080,
  );
}

test("a Service has an address by name within its cluster, which leads to ready pods", async () => {
  await serveHttp(world.pod("control-api-1"));
  await serveHttp(world.pod("control-api-2", { ready: false }));
  serviceObject(world.records);
  await settled("control-api");
  const names = world.balancers.serviceAddresses();
  expect([...names.keys()]).toEqual([CLUSTER]);
  const [address = ""] = names.get(CLUSTER)?.get("control-api.resolution.svc.cluster.local") ?? [];
  const port = world.context.network.port(80);
  for (let count = 0; count < 4; count++) {
    expect(await visit(address, port)).toEqual({ status: 200, body: "control-api-1" });
  }
  expect(world.unit("shared/service/control-api")).toMatchObject({ healthy: true, address });

  world.pods.splice(0);
  await settled("control-api");
  await expect(visit(address, port)).rejects.toThrow();
  expect(world.unit("shared/service/control-api")).toMatchObject({ healthy: false, trouble: "no pod is ready" });
});

test("a Service that is deleted gives its address back", async () => {
  const claims = () => readFileSync(join(world.context.directory, "network.json"), "utf8");
  serviceObject(world.records);
  await settled("control-api");
  expect(claims()).toContain(`service/${CLUSTER}/${NAMESPACE}/control-api`);
  world.records.remove(TYPES.service, `${NAMESPACE}/control-api`, SCOPE);
  await settled("control-api");
  expect(claims()).not.toContain("service/");
  expect(world.balancers.serviceAddresses().size).toBe(0);
});

/** Answers each datagram with its name. */
async function serveUdp({ name, address }: Pod): Promise<void> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  socket.on("message", (message, from) => socket.send(`${name}: ${message.toString()}`, from.port, from.address));
  socket.bind(5353, address);
  await once(socket, "listening");
}

async function client(): Promise<Socket> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

async function askUdp(socket: Socket, host: string, port: number, question: string): Promise<string> {
  const answered = once(socket, "message") as Promise<[Buffer]>;
  socket.send(question, port, host);
  return (await answered)[0].toString();
}

test("UDP and TCP at one external address lead to ready pods, and to others when one is gone", async () => {
  const address = world.address("the name servers");
  world.records.put(TYPES.address, regional("addresses", "dns"), { name: "dns", region: REGION }, { address });
  const labels = { app: "dns" };
  const namedPorts = { "dns-udp": 5353, "dns-tcp": 8080 };
  const first = world.pod("dns-0", { labels, namedPorts });
  const second = world.pod("dns-1", { labels, namedPorts });
  for (const pod of [first, second]) {
    await serveUdp(pod);
    await serveHttp(pod);
  }
  for (const protocol of ["UDP", "TCP"]) {
    const name = `dns-${protocol.toLowerCase()}`;
    const spec = {
      type: "LoadBalancer",
      loadBalancerIP: address,
      externalTrafficPolicy: "Local",
      selector: labels,
      ports: [{ name, port: 53, targetPort: name, protocol }],
    };
    object(world.records, TYPES.service, name, spec, { "cloud.google.com/l4-rbs": "enabled" });
  }
  await settled("dns-udp");
  await settled("dns-tcp");
  const port = world.context.network.port(53);
  expect((await visit(address, port)).status).toBe(200);

  const socket = await client();
  const answer = await askUdp(socket, address, port, "who?");
  expect(answer).toMatch(/^dns-[01]: who\?$/);
  // A client stays with its pod for as long as the pod is there.
  expect(await askUdp(socket, address, port, "who?")).toBe(answer);
  const gone = answer.startsWith("dns-0") ? first : second;
  world.pods.splice(world.pods.indexOf(gone), 1);
  await settled("dns-udp");
  const other = gone === first ? "dns-1" : "dns-0";
  expect(await askUdp(socket, address, port, "and now?")).toBe(`${other}: and now?`);
  await until("TCP leads to the other", async () => (await visit(address, port)).body === other);
  expect(world.unit("shared/service/dns-udp")).toMatchObject({ healthy: true, address });
});

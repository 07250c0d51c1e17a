import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { ensureAuthority, type Authority } from "../../../../sandbox/cloud/authority";
import type { Pod } from "../../../../sandbox/cloud/context";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { gatewayStack, HOST, NAMESPACE, object, PROXIES, SCOPE, TYPES } from "./support/stack";
import { World } from "./support/world";

jest.setTimeout(60_000);

const UNIT = "shared/gateway/control-api";

let world: World;
let authority: Authority;
let address: string;
let port: number;

beforeEach(async () => {
  world = await World.open();
  address = world.address("the gateway");
  port = world.context.network.port(443);
  gatewayStack(world.records, address);
  authority = await ensureAuthority(world.context.directory);
  world.certified = { is: "issued", certificate: await authority.issue([HOST]) };
});

afterEach(async () => {
  await world.close();
  removeTempDirs();
});

/** What stands in for a replica of the control API. */
class Replica {
  isReady = true;
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  /** Streams that are open. */
  readonly feeds: ServerResponse[] = [];

  static async start(pod: Pod): Promise<Replica> {
    const replica = new Replica();
    const server = createServer((incoming, response) => {
      const { url = "", headers } = incoming;
      if (url === "/readyz") return response.writeHead(replica.isReady ? 200 : 503).end();
      replica.requests.push({ url, headers });
      if (url === "/v1/feed") {
        replica.feeds.push(response);
        return response.write(`line of ${pod.name}\n`);
      }
      return response.end(pod.name);
    });
    await world.listen(server, pod.address, 8080);
    return replica;
  }
}

async function settled(): Promise<void> {
  await world.settled(TYPES.gateway, `${NAMESPACE}/control-api`, SCOPE);
}

async function serve(name = "control-api-1"): Promise<Replica> {
  const replica = await Replica.start(world.pod(name));
  await settled();
  await world.says(UNIT, "well");
  return replica;
}

interface Options {
  readonly agent?: Agent;
  readonly host?: string;
  readonly localAddress?: string;
}

async function open(path: string, { agent, host = HOST, localAddress }: Options = {}): Promise<IncomingMessage> {
  const ca = readFileSync(authority.certificateFile);
  const from = localAddress === undefined ? {} : { localAddress };
  const headers = { host: `${host}:${port}` };
  const outgoing = request({
    host: address,
    port,
    path,
    ca,
    servername: HOST,
    headers,
    agent: agent ?? false,
    ...from,
    timeout: 10_000,
  });
  outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer to ${path}`)));
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  outgoing.end();
  return (await answered)[0];
}

/** Resolves when a stream has ended, however. */
function closed(stream: IncomingMessage): Promise<unknown> {
  stream.resume().on("error", () => undefined);
  return new Promise((resolve) => stream.once("close", resolve));
}

async function get(path: string, options: Options = {}): Promise<{ status: number | undefined; body: string }> {
  const response = await open(path, options);
  return { status: response.statusCode, body: await text(response) };
}

test("requests for declared names and paths reach a ready pod, all others get 404", async () => {
  const { requests } = await serve();
  const localAddress = world.address("a client");
  expect(await get("/v1/resolve?user=alice", { localAddress })).toEqual({ status: 200, body: "control-api-1" });
  expect(await get("/v1")).toEqual({ status: 200, body: "control-api-1" });
  expect((await get("/v1x")).status).toBe(404);
  expect((await get("/readyz")).status).toBe(404);
  expect((await get("/")).status).toBe(404);
  expect((await get("/v1/users", { host: "other.sandbox.test" })).status).toBe(404);
  expect(requests.map(({ url }) => url)).toEqual(["/v1/resolve?user=alice", "/v1"]);
  expect(requests[0]?.headers).toMatchObject({
    host: `${HOST}:${port}`,
    "x-forwarded-for": `${localAddress},${address}`,
    "x-forwarded-proto": "https",
  });
});

test("TLS is of the declared version or later", async () => {
  await serve();
  const ca = readFileSync(authority.certificateFile);
  const connect = async (maxVersion: "TLSv1.1" | "TLSv1.2") => {
    // Node's own floor is TLS 1.2, and OpenSSL's level of security another one.
    const ciphers = "DEFAULT@SECLEVEL=0";
    const socket = connectTls({ host: address, port, ca, servername: HOST, minVersion: "TLSv1", maxVersion, ciphers });
    await once(socket, "secureConnect");
    const protocol = socket.getProtocol();
    socket.destroy();
    return protocol;
  };
  expect(await connect("TLSv1.2")).toBe("TLSv1.2");
  await expect(connect("TLSv1.1")).rejects.toThrow();
});

test("without a certificate every connection is refused, and the unit says why", async () => {
  world.certified = { is: "missing", because: "not issued: no public zone has the record" };
  await Replica.start(world.pod("control-api-1"));
  await settled();
  const unit = await world.says(UNIT, /certificate/);
  expect(unit.trouble).toBe("no certificate: not issued: no public zone has the record");
  await expect(get("/v1")).rejects.toThrow();

  world.certified = { is: "issued", certificate: await authority.issue([HOST]) };
  await settled();
  await world.says(UNIT, "well");
  expect((await get("/v1")).status).toBe(200);
});

test("lines of a stream come through one by one", async () => {
  const { feeds } = await serve();
  const feed = await open("/v1/feed");
  const lines = feed.setEncoding("utf8")[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe("line of control-api-1\n");
  for (const line of ["second\n", "third\n"]) {
    feeds[0]?.write(line);
    expect((await lines.next()).value).toBe(line);
  }
  feed.destroy();
});

test("a stream outlives a reload", async () => {
  const { feeds } = await serve();
  const feed = await open("/v1/feed");
  const lines = feed.setEncoding("utf8")[Symbol.asyncIterator]();
  await lines.next();
  await serve("control-api-2");
  feeds[0]?.write("after\n");
  expect((await lines.next()).value).toBe("after\n");
  feed.destroy();
});

test("pods that are not ready, are about to go, or fail the load balancer's check get nothing", async () => {
  await serve();
  const [unready, leaving] = [world.pod("unready", { ready: false }), world.pod("leaving", { terminating: true })];
  const others = await Promise.all([Replica.start(unready), Replica.start(leaving)]);
  const failing = await Replica.start(world.pod("failing"));
  failing.isReady = false;
  await settled();
  for (let count = 0; count < 6; count++) expect((await get("/v1")).body).toBe("control-api-1");
  expect([...others, failing].map(({ requests }) => requests.length)).toEqual([0, 0, 0]);
});

test("machines of a partitioned cluster are cut off, and nobody else; when it ends they come back", async () => {
  await serve();
  const cut = world.instance("edge-1");
  const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: cut.address });
  expect((await get("/v1", { agent })).status).toBe(200);
  const feed = await open("/v1/feed", { localAddress: cut.address });
  const ended = closed(feed);
  const other = await open("/v1/feed", { localAddress: world.address("an operator") });
  const lines = other.setEncoding("utf8")[Symbol.asyncIterator]();
  await lines.next();

  world.context.injected = { down: [], partitioned: ["free"] };
  await settled();
  await ended;
  await expect(get("/v1", { localAddress: cut.address })).rejects.toThrow();
  await expect(get("/v1", { agent })).rejects.toThrow();
  expect((await get("/v1")).status).toBe(200);
  expect(other.destroyed).toBe(false);

  world.context.injected = { down: [], partitioned: [] };
  await settled();
  await until("they come back", () =>
    get("/v1", { localAddress: cut.address }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  other.destroy();
  agent.destroy();
});

test("a partition holds for requests on connections that an earlier process of HAProxy's still has", async () => {
  await serve();
  const cut = world.instance("edge-1");
  const feed = await open("/v1/feed", { localAddress: cut.address });
  const ended = closed(feed);
  await serve("control-api-2");
  world.context.injected = { down: [], partitioned: ["free"] };
  await settled();
  await ended;
});

test.each([
  ["proxies", PROXIES],
  ["health checks", "35.191.0.0/16"],
])("pods that the VPC's firewall keeps %s from are not reached", async (_, range) => {
  const replica = await Replica.start(world.pod("control-api-1"));
  world.refusedRanges.add(range);
  await settled();
  const { trouble } = await world.says(UNIT, /firewall/);
  expect(trouble).toBe(`control-api-1: no firewall rule allows ${range}`);
  expect((await get("/v1")).status).toBe(503);
  expect(replica.requests).toEqual([]);
});

test("pods that no network policy lets the load balancer in to are not reached", async () => {
  const replica = await Replica.start(world.pod("control-api-1"));
  object(world.records, TYPES.networkPolicy, "default-deny", { podSelector: {}, policyTypes: ["Ingress"] });
  await settled();
  await world.says(UNIT, /no network policy lets/);
  expect((await get("/v1")).status).toBe(503);
  expect(replica.requests).toEqual([]);

  const from = [PROXIES, "35.191.0.0/16", "130.211.0.0/22"].map((cidr) => ({ ipBlock: { cidr } }));
  const ingress = [{ from, ports: [{ port: 8080, protocol: "TCP" }] }];
  object(world.records, TYPES.networkPolicy, "api-ingress", { podSelector: {}, policyTypes: ["Ingress"], ingress });
  await settled();
  await world.says(UNIT, "well");
  expect((await get("/v1")).status).toBe(200);
});

test("a certificate that is renewed is served without a pause", async () => {
  await serve();
  const before = await authority.issue([HOST]);
  world.certified = { is: "issued", certificate: await authority.issue([HOST, "second.sandbox.test"]) };
  const seen = async () => {
    const socket = connectTls({ host: address, port, ca: readFileSync(authority.certificateFile), servername: HOST });
    await once(socket, "secureConnect");
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  expect(await seen()).toBe(before.fingerprint);
  await settled();
  expect(await seen()).not.toBe(before.fingerprint);
});

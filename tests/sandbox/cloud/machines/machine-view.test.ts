/** The view of a machine, seen by real Node processes with the clients that services use. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { MachineSpec } from "../../../../sandbox/cloud/machine";
import { viewVariables } from "../../../../sandbox/cloud/machines/view";
import { WebSocketServer } from "ws";
import { SmallResolver } from "./support/small-resolver";
import { TestNetwork } from "./support/test-network";

const REPOSITORY = join(__dirname, "..", "..", "..", "..");
const network = new TestNetwork();
const machine = { address: network.claim("machine"), hostname: "edge-x3k9" } as MachineSpec;
const other = network.claim("other");
/** Where a name's port 80 really is. */
const HTTP = network.port(80);

const NAMES = { "control-api.resolution.svc.cluster.local": other, "elsewhere.test": "192.0.2.7" };
let resolver: SmallResolver;
let http: HttpServer;
const servers: Server[] = [];

beforeAll(async () => {
  resolver = await SmallResolver.start(network.own("resolver"), network.port(53), NAMES);
  // Tells who asks.
  http = createHttpServer(({ socket }, response) => response.end(socket.remoteAddress));
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket, { socket: { remoteAddress } }) => socket.send(remoteAddress ?? ""));
  http.listen(HTTP, other);
  await once(http, "listening");
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

afterAll(async () => {
  http.close();
  await resolver.stop();
});

/** What a program prints that runs on the machine: `tell(value)`. */
async function onMachine(script: string): Promise<unknown> {
  const program = `
    const tell = (value) => console.log(JSON.stringify(value));
    const { once } = require("node:events");
    (async () => { ${script} })().catch((error) => tell({ code: error.cause?.code ?? error.code, message: error.cause?.message ?? error.message }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--eval", program], {
    cwd: REPOSITORY,
    timeout: 20_000,
    env: { PATH: process.env.PATH, ...viewVariables(machine, network) },
  });
  return JSON.parse(stdout) as unknown;
}

/** A server of another program's at an address, which tells who has connected last. */
async function listener(address: string, port = 0): Promise<{ port: number; seen: () => string | undefined }> {
  let seen: string | undefined;
  const server = createServer((socket) => {
    seen = socket.remoteAddress;
    socket.destroy();
  });
  servers.push(server);
  server.listen(port, address);
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, seen: () => seen };
}

describe("a process on a machine", () => {
  it("has the machine's host name, however it is asked for", async () => {
    expect(hostname()).not.toBe(machine.hostname);
    const names = await onMachine(`
      const { hostname } = await import("node:os");
      tell([require("node:os").hostname(), require("os").hostname(), hostname()]);`);
    expect(names).toEqual([machine.hostname, machine.hostname, machine.hostname]);
  });

  describe("that listens", () => {
    it.each([
      ["on a port alone", "listen(0)"],
      ["on a port, with a callback", "listen(0, () => undefined)"],
      ["on any port", "listen()"],
      ["on any port, with a callback", "listen(() => undefined)"],
      ["on a port as text", 'listen("0")'],
      ["on all addresses", 'listen(0, "0.0.0.0")'],
      ["on all addresses, with a backlog", 'listen(0, "::", 100, () => undefined)'],
      ["on all addresses, by options", 'listen({ port: 0, host: "0.0.0.0" })'],
      ["on a port, by options", "listen({ port: 0 })"],
      ["on localhost", 'listen({ port: 0, host: "localhost" })'],
      ["on loopback", 'listen(0, "127.0.0.1")'],
    ])("%s listens on the machine's address", async (_, listen) => {
      const listens = await onMachine(`
        for (const module of ["node:net", "node:http"]) {
          const server = require(module).createServer().${listen};
          if (!server.listening) await once(server, "listening");
          if (module === "node:http") tell(server.address());
          server.close();
        }`);
      expect(listens).toMatchObject({ address: machine.address, family: "IPv4" });
    });

    it("on an address of its choice or on a Unix socket does so", async () => {
      const path = `\0machine-view-test-${process.pid}`;
      const listens = await onMachine(`
        const servers = [[0, ${JSON.stringify(other)}], [{ path: ${JSON.stringify(path)} }]].map((args) => require("node:net").createServer().listen(...args));
        await Promise.all(servers.map((server) => server.listening || once(server, "listening")));
        tell(servers.map((server) => server.address().address ?? server.address()));
        servers.forEach((server) => server.close());`);
      expect(listens).toEqual([other, path]);
    });

    it("on a port that needs root gets the one that stands for it", async () => {
      const listens = await onMachine(`
        const server = require("node:http").createServer().listen(81);
        await once(server, "listening");
        tell(server.address());
        server.close();`);
      expect(listens).toMatchObject({ address: machine.address, port: network.port(81) });
    });

    it("says with Fastify where it listens", async () => {
      const listens = await onMachine(`
        const app = require("fastify")();
        tell(await app.listen({ port: 0, host: "0.0.0.0" }));
        await app.close();`);
      expect(listens).toContain(machine.address);
    });

    it("shares its ports with processes of other machines", async () => {
      const { port } = await listener(other);
      const listens = await onMachine(`
        const server = require("node:http").createServer().listen(${port}, "0.0.0.0");
        await once(server, "listening");
        tell(server.address());
        server.close();`);
      expect(listens).toMatchObject({ address: machine.address, port });
    });
  });

  describe("that connects", () => {
    const URL = "http://control-api.resolution.svc.cluster.local";

    it.each([
      ["fetch", `tell(await (await fetch("${URL}/v1")).text())`],
      ["the package undici", `tell(await (await require("undici").request("${URL}/v1")).body.text())`],
      [
        "http",
        `const [response] = await once(require("node:http").get("${URL}"), "response"); tell(await require("node:stream/consumers").text(response));`,
      ],
      [
        "http with an agent that keeps connections",
        `const http = require("node:http"); const agent = new http.Agent({ keepAlive: true });
         const [response] = await once(http.get("${URL}", { agent }), "response"); tell(await require("node:stream/consumers").text(response)); agent.destroy();`,
      ],
      [
        "ws",
        `const socket = new (require("ws"))("${URL.replace("http", "ws")}"); const [data] = await once(socket, "message"); tell(String(data)); socket.close();`,
      ],
    ])(
      "by %s is led by the sandbox's resolver, to the port that stands for 80, from its address",
      async (_, script) => {
        expect(await onMachine(script)).toBe(machine.address);
      },
    );

    it.each([
      [
        "pg",
        (port: number) =>
          `const client = new (require("pg").Client)({ host: "${other}", port: ${port} }); await client.connect();`,
      ],
      [
        "tls",
        (port: number) =>
          `await once(require("node:tls").connect({ host: "${other}", port: ${port} }), "secureConnect");`,
      ],
      [
        "net, by port and host",
        (port: number) => `await once(require("node:net").connect(${port}, "${other}"), "data");`,
      ],
      [
        "a socket",
        (port: number) =>
          `const s = new (require("node:net").Socket)(); s.connect({ port: ${port}, host: "${other}" }); await once(s, "close"); throw new Error("closed");`,
      ],
    ])("by %s comes from its address", async (_, script) => {
      const { port, seen } = await listener(other);
      const socketEnds = "once(process, 'beforeExit').then(() => tell('ended'));";
      await onMachine(`${socketEnds} try { ${script(port)} } catch { }`);
      expect(seen()).toBe(machine.address);
    });

    it.each(["127.0.0.1", "localhost"])("to %s reaches its own machine", async (host) => {
      const asked = await onMachine(`
        const server = require("node:http").createServer(({ socket }, response) => response.end(socket.remoteAddress)).listen(0);
        await once(server, "listening");
        tell(await (await fetch("http://${host}:" + server.address().port)).text());
        server.closeAllConnections();
        server.close();`);
      expect(asked).toBe(machine.address);
    });

    it("to a Unix socket does so", async () => {
      const path = `\0machine-view-connect-${process.pid}`;
      const server = createHttpServer((_, response) => response.end("by a file")).listen(path);
      servers.push(server);
      await once(server, "listening");
      const heard = await onMachine(`
        const [response] = await once(require("node:http").get({ socketPath: ${JSON.stringify(path)}, path: "/" }), "response");
        tell(await require("node:stream/consumers").text(response));`);
      expect(heard).toBe("by a file");
    });

    it.each(["http://10.70.127.109:5432", "http://[2001:db8::1]", "http://127.200.0.1"])(
      "to an address that is not the sandbox's reaches nobody: %s",
      async (url) => {
        const told = await onMachine(`await fetch("${url}");`);
        expect(told).toEqual({ code: "ENETUNREACH", message: expect.stringContaining(network.range) as string });
      },
    );
  });

  describe("that asks for a name", () => {
    const NAME = "control-api.resolution.svc.cluster.local";

    it("hears what the sandbox's resolver says, however it asks", async () => {
      const told = await onMachine(`
        const dns = require("node:dns");
        const { promisify } = require("node:util");
        tell([
          (await dns.promises.lookup("${NAME}")).address,
          (await promisify(dns.lookup)("${NAME}")).address,
          (await new Promise((resolve, reject) => dns.lookup("${NAME}", { all: true }, (error, found) => error ? reject(error) : resolve(found))))[0].address,
          await new Promise((resolve) => dns.lookup("${NAME}", (error, address, family) => resolve(address + "/" + family))),
          (await dns.promises.resolve4("${NAME}"))[0],
          (await new dns.promises.Resolver({ timeout: 1000 }).resolve4("${NAME}"))[0],
          (await require("node:dns/promises").lookup("localhost", 4)).address,
        ]);`);
      expect(told).toEqual([other, other, other, `${other}/4`, other, other, machine.address]);
    });

    it("is told that it does not exist, though this machine may know it", async () => {
      expect(await onMachine(`await require("node:dns").promises.lookup("${hostname()}");`)).toMatchObject({
        code: "ENOTFOUND",
      });
      expect(await onMachine(`await fetch("http://missing.test");`)).toEqual({
        code: "ENOTFOUND",
        message: "getaddrinfo ENOTFOUND missing.test",
      });
    });

    it("is told that there is no answer where the resolver is away", async () => {
      const away = { ...viewVariables(machine, network) };
      const view = JSON.parse(away.MACHINE_VIEW ?? "") as object;
      const told = await onMachine(`
        const { spawnSync } = require("node:child_process");
        const env = { ...process.env, MACHINE_VIEW: ${JSON.stringify(JSON.stringify({ ...view, resolver: `${other}:9` }))} };
        const script = "require('node:dns').lookup('a.test', (error) => console.log(error.code))";
        tell(spawnSync(process.execPath, ["--eval", script], { env }).stdout.toString().trim());`);
      expect(told).toBe("EAI_AGAIN");
    });
  });

  it("that wants a UDP socket hears that it cannot have one", async () => {
    expect(await onMachine(`require("node:dgram").createSocket("udp4");`)).toMatchObject({
      message: expect.stringContaining("no UDP sockets") as string,
    });
  });
});

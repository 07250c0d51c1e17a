/** The resolver over real name servers: Cloud DNS, and Knots as those of a delegated zone. */
import { Resolver as SystemResolver } from "node:dns/promises";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import * as packet from "dns-packet";
import * as fc from "fast-check";
import { CloudDns, Resolver } from "../../../../sandbox/cloud/dns";
import { exchange } from "../../../../sandbox/cloud/dns/exchange";
import { extendedErrorOf } from "../../../../sandbox/cloud/dns/extended-error";
import { knotFiles, program, renderConfig, zoneFileName } from "../../../../sandbox/cloud/dns/knot";
import { removeTempDirs } from "../../../support/temp-dir";
import { until } from "../../../support/until";
import { TestContext } from "../google-context";
import { putSet, putZone, ZONE, ZONE_ID } from "./zone";

const APPS = "apps.sandbox.test";

let context: TestContext;
let cloudDns: CloudDns;
let resolver: Resolver;
/** Addresses of the delegated zone's name servers, of which the second is dead. */
let alive: string;
let dead: string;

beforeAll(async () => {
  context = await TestContext.open();
  cloudDns = new CloudDns(context, context);
  [alive, dead] = [context.network.claim("ns1"), context.network.claim("ns2")];
  const { records } = context;
  putZone(records);
  putSet(records, "api.sandbox.test.", "A", ["127.1.1.1", "127.1.1.2"]);
  putSet(records, "text.sandbox.test.", "TXT", [`"${"x".repeat(250)}" `.repeat(6)]);
  putSet(records, "api.sandbox.test.", "CAA", ['0 issue "pki.goog"']);
  putSet(records, "short.sandbox.test.", "A", ["127.1.1.9"], { ttl: 1 });
  putSet(records, "custom.sandbox.test.", "CNAME", [`hello.${APPS}.`]);
  putSet(records, "loop.sandbox.test.", "CNAME", ["loop2.sandbox.test."]);
  putSet(records, "loop2.sandbox.test.", "CNAME", ["loop.sandbox.test."]);
  putSet(records, `${APPS}.`, "NS", [`ns1.${APPS}.`, `ns2.${APPS}.`]);
  putSet(records, `ns1.${APPS}.`, "A", [alive]);
  putSet(records, `ns2.${APPS}.`, "A", [dead]);
  putSet(records, "unglued.sandbox.test.", "NS", ["ns.elsewhere.sandbox.test."]);
  putSet(records, "ns.elsewhere.sandbox.test.", "A", [alive]);
  putSet(records, "wrong.sandbox.test.", "NS", ["ns.wrong.sandbox.test."]);
  putSet(records, "ns.wrong.sandbox.test.", "A", [dead]);
  putSet(records, "abroad.sandbox.test.", "NS", ["ns.abroad.sandbox.test."]);
  putSet(records, "ns.abroad.sandbox.test.", "A", ["192.0.2.1"]);
  putSet(records, "lame.sandbox.test.", "NS", ["ns.lame.sandbox.test."]);
  putSet(records, "ns.lame.sandbox.test.", "A", [alive]);
  await context.settled(cloudDns, ZONE, ZONE_ID);
  await startNameServer(alive);
  const services: Record<string, string[]> = { "control-api.resolution.svc.cluster.local": ["127.9.9.9"] };
  resolver = new Resolver(context, { serviceAddresses: (name) => services[name] });
  await resolver.start();
});

afterAll(async () => {
  await resolver.stop();
  await cloudDns.stop();
  await context.close();
  removeTempDirs();
});

/** A Knot that serves the delegated zone at an address. */
async function startNameServer(host: string): Promise<void> {
  const directory = join(context.directory, "name-server");
  mkdirSync(directory);
  const files = knotFiles(directory);
  const endpoint = { host, port: context.network.port(53) };
  writeFileSync(files.config, renderConfig(files, endpoint, [APPS]));
  const lines = [
    "@ 5 SOA ns1 hostmaster 1 86400 7200 3600000 5",
    "@ 3600 NS ns1",
    `ns1 3600 A ${host}`,
    "* 5 CNAME free.clusters",
    "moved 5 CNAME free2.clusters",
    "*.moved 5 CNAME free2.clusters",
    "free.clusters 5 A 127.2.0.1",
    "free2.clusters 5 A 127.2.0.2",
  ];
  writeFileSync(join(directory, zoneFileName(APPS)), [`$ORIGIN ${APPS}.`, ...lines, ""].join("\n"));
  const log = join(directory, "log");
  const args = ["--config", files.config];
  await context.processes.start({ name: "ns1", executable: program("knotd"), args, environment: {}, directory, log });
  await until("the name server", () =>
    exchange(endpoint, { name: APPS, type: "SOA" }, 500).then(
      () => true,
      () => false,
    ),
  );
}

function asking(): SystemResolver {
  const system = new SystemResolver({ timeout: 3_000, tries: 3 });
  system.setServers([`${resolver.endpoint.host}:${resolver.endpoint.port}`]);
  return system;
}

async function ask(name: string, type: packet.RecordType = "A") {
  return await exchange(resolver.endpoint, { name, type }, 8_000);
}

function data(reply: packet.Packet): unknown[] {
  return (reply.answers ?? []).map((answer) => ("data" in answer ? answer.data : undefined));
}

describe("the resolver", () => {
  it("answers from the zone at the top", async () => {
    expect((await asking().resolve4("api.sandbox.test")).sort()).toEqual(["127.1.1.1", "127.1.1.2"]);
    expect(await asking().resolveCaa("api.sandbox.test")).toEqual([{ critical: 0, issue: "pki.goog" }]);
  });

  it("follows the delegation and aliases, though one of the name servers is dead", async () => {
    const answers = await Promise.all(
      ["hello", "a.b", "moved", "x.moved"].map((name) => asking().resolve4(`${name}.${APPS}`)),
    );
    expect(answers).toEqual([["127.2.0.1"], ["127.2.0.1"], ["127.2.0.2"], ["127.2.0.2"]]);
  });

  it("chases an alias from one zone into another", async () => {
    const reply = await ask("custom.sandbox.test");
    expect(data(reply)).toEqual([`hello.${APPS}`, `free.clusters.${APPS}`, "127.2.0.1"]);
    expect(await asking().resolveCname("custom.sandbox.test")).toEqual([`hello.${APPS}`]);
  });

  it("says that a name does not exist, or has no such records", async () => {
    expect(await ask("nobody.sandbox.test")).toMatchObject({ rcode: "NXDOMAIN", answers: [] });
    expect(await ask("api.sandbox.test", "AAAA")).toMatchObject({ rcode: "NOERROR", answers: [] });
  });

  it.each(["example.com", "com", "sandbox.example", "1.0.0.127.in-addr.arpa"])("knows nothing of %s", async (name) => {
    expect(await ask(name)).toMatchObject({ rcode: "NXDOMAIN", answers: [] });
  });

  it.each([
    ["without glue", "unglued"],
    ["to a server that is dead", "wrong"],
    ["to an address outside of the sandbox", "abroad"],
    ["to a server that does not serve the zone", "lame"],
  ])("cannot resolve names under a delegation %s", async (_, label) => {
    expect(await ask(`hello.${label}.sandbox.test`)).toMatchObject({ rcode: "SERVFAIL", answers: [] });
  });

  it("says in an extended error who did not answer, to whoever understands that", async () => {
    const question = { name: "hello.lame.sandbox.test", type: "A" } as const;
    const reply = await exchange(resolver.endpoint, question, 8_000, { recursion: true, edns: true });
    expect(extendedErrorOf(reply)).toBe(
      `no name server of "lame.sandbox.test" answers hello.lame.sandbox.test: ${alive}: REFUSED`,
    );
    expect(extendedErrorOf(await ask(question.name))).toBeUndefined();
  });

  it("gives up on aliases in a circle", async () => {
    expect(await ask("loop.sandbox.test")).toMatchObject({ rcode: "SERVFAIL", answers: [] });
  });

  it("knows Services and the metadata server, and nothing else of their domains", async () => {
    expect(await asking().resolve4("control-api.resolution.svc.cluster.local")).toEqual(["127.9.9.9"]);
    expect(await asking().resolve4("METADATA.google.internal")).toEqual([context.network.own("google")]);
    expect(await ask("metadata.google.internal", "AAAA")).toMatchObject({ rcode: "NOERROR", answers: [] });
    expect(await ask("other.resolution.svc.cluster.local")).toMatchObject({ rcode: "NXDOMAIN" });
    expect(await ask("google.internal")).toMatchObject({ rcode: "NXDOMAIN" });
  });

  it("cuts over UDP what does not fit, and gives it over TCP", async () => {
    expect((await asking().resolveTxt("text.sandbox.test")).flat()).toHaveLength(6);
  });

  it("keeps an answer for its TTL, and not longer", async () => {
    expect(await asking().resolve4("short.sandbox.test")).toEqual(["127.1.1.9"]);
    putSet(context.records, "short.sandbox.test.", "A", ["127.1.1.10"], { ttl: 1 });
    await context.settled(cloudDns, ZONE, ZONE_ID);
    const changed = await until("the new address", async () => {
      const [address] = await asking().resolve4("short.sandbox.test");
      return address === "127.1.1.10";
    });
    expect(changed).toBe(true);
  });

  it("survives whatever it is sent", async () => {
    const socket = createSocket("udp4");
    socket.on("message", () => undefined);
    const { host, port } = resolver.endpoint;
    const valid = query({ questions: [{ name: "nobody.sandbox.test", type: "A" }] });
    const messages = fc.sample(
      fc.oneof(
        fc.uint8Array({ maxLength: 100 }),
        // Nearly a query: bytes of the question replaced.
        fc.uint8Array({ minLength: 4, maxLength: 20 }).map((bytes) => Buffer.concat([valid.subarray(0, 12), bytes])),
        fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, value]) => {
          const changed = Buffer.from(valid);
          changed[at] = value;
          return changed;
        }),
      ),
      200,
    );
    for (const message of messages) await new Promise((sent) => socket.send(message, port, host, sent));
    socket.close();
    expect(await asking().resolve4("api.sandbox.test")).toHaveLength(2);
  });

  it.each([
    ["a message that is no query", Buffer.from("not a dns message"), undefined],
    [
      "two questions",
      query({
        questions: [
          { name: "a.test", type: "A" },
          { name: "b.test", type: "A" },
        ],
      }),
      "FORMERR",
    ],
    ["a transfer of a zone", query({ questions: [{ name: "sandbox.test", type: "AXFR" }] }), "NOTIMP"],
    ["another class", query({ questions: [{ name: "sandbox.test", type: "A", class: "CH" }] }), "REFUSED"],
  ])("refuses %s, and goes on", async (_, message, rcode) => {
    const socket = createSocket("udp4");
    const { host, port } = resolver.endpoint;
    socket.send(message, port, host);
    if (rcode !== undefined) {
      const [reply] = (await once(socket, "message")) as [Buffer];
      expect(packet.decode(reply)).toMatchObject({ rcode });
    }
    socket.close();
    expect(await asking().resolve4("api.sandbox.test")).toHaveLength(2);
  });
});

function query(fields: packet.Packet): Buffer {
  return packet.encode({ type: "query", id: 1, ...fields });
}

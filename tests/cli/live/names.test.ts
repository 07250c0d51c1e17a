import { addressesOf, askNameServer, delegatedTo } from "../../../cli/live/names";
import { DnsAnswers, type Zone } from "../../support/dns-answers";

const servers: DnsAnswers[] = [];

async function serve(zone: Zone, ttl?: number): Promise<DnsAnswers> {
  const server = await DnsAnswers.start(zone, "127.0.0.1", ttl);
  servers.push(server);
  return server;
}

afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop())));

test("the name servers are those that the resolver finds, each at its address", async () => {
  const resolver = await serve({
    "apps.test NS": ["b.ns.apps.test", "a.ns.apps.test"],
    "a.ns.apps.test A": ["127.20.1.1"],
    "b.ns.apps.test A": ["127.20.1.2"],
  });
  expect(await delegatedTo(resolver.endpoint, "apps.test", 10_053)).toEqual([
    { name: "a.ns.apps.test", host: "127.20.1.1", port: 10_053 },
    { name: "b.ns.apps.test", host: "127.20.1.2", port: 10_053 },
  ]);
});

test("a delegation to a name without an address is no delegation", async () => {
  const resolver = await serve({ "apps.test NS": ["a.ns.apps.test"] });
  await expect(delegatedTo(resolver.endpoint, "apps.test", 53)).rejects.toThrow(/ENOTFOUND/);
});

test("a resolver's own reason for having no answer is the error's message", async () => {
  const resolver = await serve({});
  resolver.failure = "no name server of apps.test answers: 127.20.1.1: REFUSED";
  await expect(delegatedTo(resolver.endpoint, "apps.test", 53)).rejects.toThrow(
    /^no name server of apps\.test answers/,
  );
  resolver.failure = "";
  await expect(addressesOf(resolver.endpoint, "hello.ann.apps.test")).rejects.toThrow(/ESERVFAIL/);
});

test("an answer comes with how long it may be kept", async () => {
  const server = await serve({ "hello.ann.apps.test A": ["127.20.1.9"] }, 7);
  expect(await askNameServer(server.endpoint, "hello.ann.apps.test")).toEqual({ addresses: ["127.20.1.9"], ttl: 7 });
  expect(await addressesOf(server.endpoint, "hello.ann.apps.test")).toEqual(["127.20.1.9"]);
});

test("each question is a question: nothing is kept", async () => {
  const server = await serve({ "hello.ann.apps.test A": ["127.20.1.9"] });
  await askNameServer(server.endpoint, "hello.ann.apps.test");
  await askNameServer(server.endpoint, "hello.ann.apps.test");
  expect(server.asked).toHaveLength(2);
});

test("a server that is not there fails in about a second", async () => {
  const server = await DnsAnswers.start({});
  await server.stop();
  const started = performance.now();
  await expect(askNameServer(server.endpoint, "hello.ann.apps.test")).rejects.toThrow(/ETIMEOUT|ECONNREFUSED/);
  expect(performance.now() - started).toBeLessThan(5_000);
});

/** Requests per second that one replica resolves, against a Fastify route with the same schemas that does nothing. */
import autocannon from "autocannon";
import { Child } from "../../tests/services/support/child";
import { RESOLVERS } from "../../tests/services/support/api-replica";
import { freePort } from "../../tests/services/support/free-port";
import { program } from "../../tests/services/support/program";
import { System } from "../../tests/services/support/system";
import { CLUSTERS, DEFAULT_CLUSTER } from "../../tests/services/support/clusters";
import { confine } from "../processors";
import { perSecond, type Result } from "../result";
import { median, pairedRatio } from "../statistics";
import { undisturbedRounds } from "../steal";
import { seed } from "./seed";

const FLOOR = 0.6;
/** Seconds of one measurement, and connections that requests come over. */
const SECONDS = 5;
const CONNECTIONS = 50;

export async function resolveRate(users: number, rounds: number, progress: (text: string) => void): Promise<Result> {
  const groups = [{ prefix: "u", count: users, plan: "free", home: DEFAULT_CLUSTER }];
  confine(process.pid, "rest");
  progress(`resolve: starting a control API with ${users} users`);
  const system = await System.start({
    nameServers: 0,
    edges: 0,
    hosts: 0,
    seed: (database) => seed(database, CLUSTERS, DEFAULT_CLUSTER, groups),
  });
  const port = await freePort();
  const [file, ...args] = program("bench/services/empty-route.ts");
  const url = `http://127.0.0.1:${port}/v1/resolve?user=u1`;
  const isReady = async () => (await fetch(url)).ok;
  const empty = new Child({ name: "empty route", command: [file, ...args, String(port)], environment: {}, isReady });
  try {
    await empty.start();
    // They share a processor: one is asked at a time.
    for (const { pid } of [empty, ...system.replicas]) confine(pid, "measured");
    const tokens = await Promise.all(RESOLVERS.map((email) => system.token(email)));
    const resolveUrl = `http://127.0.0.1:${system.replicas[0]?.port}`;
    // Requests for many users, and not for one that is answered from a processor's cache.
    const paths = Array.from({ length: 1000 }, (_, index) => `/v1/resolve?user=u${1 + ((index * 7919) % users)}`);
    progress("resolve: a round that is not counted, in which both are compiled");
    for (const server of [resolveUrl, `http://127.0.0.1:${port}`]) await rateOf(server, paths, tokens);
    const { values, dropped } = await undisturbedRounds("resolve", rounds, progress, async () => [
      await rateOf(resolveUrl, paths, tokens),
      await rateOf(`http://127.0.0.1:${port}`, paths, tokens),
    ]);
    const measured = values.map(([ours = NaN]) => ours);
    const against = values.map(([, theirs = NaN]) => theirs);
    const row = {
      what: `resolve with ${users} users / empty route, requests`,
      measured: perSecond(median(measured)),
      against: perSecond(median(against)),
      ratio: pairedRatio(measured, against),
      floor: FLOOR,
    };
    return { name: "(h) resolve by API", rounds, dropped, rows: [row] };
  } finally {
    await empty.stop();
    await system.stop();
  }
}

/** Requests per second. Throws when any was not answered with success. */
async function rateOf(url: string, paths: readonly string[], tokens: readonly string[]): Promise<number> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    requests: paths.map((path, index) => ({
      method: "GET" as const,
      path,
      headers: { authorization: `Bearer ${tokens[index % tokens.length]}` },
    })),
  });
  const failed = result.non2xx + result.errors + result.timeouts;
  if (failed > 0) throw new Error(`${failed} of ${result.requests.total} requests to ${url} failed`);
  return result.requests.average;
}

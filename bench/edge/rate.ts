/** Requests per second and latency of an edge, against a HAProxy that does nothing but proxy; and with full maps against empty ones. */
import { milliseconds, perSecond, type Result, type Row } from "../result";
import { median, pairedRatio } from "../statistics";
import { undisturbedRounds } from "../steal";
import { processorSeconds } from "../processors";
import { driveWell, type Load } from "./drive";
import { Proxies, ZONE, type Proxy } from "./proxies";

const BARE_FLOOR = 0.9;
const MAPS_FLOOR = 0.95;
const CONNECTIONS = 50;
/** Apps that are asked for in turn, and not one that is answered from a processor's cache. */
export const NAMES = Array.from({ length: 1_000 }, (_, index) => `app.u${index * 997}.${ZONE}`);

export type Progress = (text: string) => void;

/** An edge against a bare HAProxy with one backend. */
export async function edgeRate(seconds: number, rounds: number, progress: Progress): Promise<Result> {
  return await withProxies(async (proxies) => {
    const origin = await proxies.origin();
    const [edge, bare] = [await proxies.edge({ cluster: "free", origin }), await proxies.bare(origin)];
    const name = "(j) requests through an edge";
    return await compare(name, "edge / bare HAProxy", [edge, bare], BARE_FLOOR, { seconds, rounds, progress });
  });
}

/** An edge that knows of `entries` moved users and as many custom domains, against one that knows of none. */
export async function edgeMaps(entries: number, seconds: number, rounds: number, progress: Progress): Promise<Result> {
  return await withProxies(async (proxies) => {
    const origin = await proxies.origin();
    progress(`edge-maps: starting an edge with ${entries} tombstones and as many domains`);
    // None of those who are asked for is in them.
    const maps = {
      tombstones: lines(entries, (index) => `moved${index} pro`),
      domains: lines(entries, (index) => `www.d${index}.example.net app.u${index}.${ZONE}`),
    };
    const full = await proxies.edge({ cluster: "free", origin, maps });
    const empty = await proxies.edge({ cluster: "free", origin });
    const name = `(l) requests with ${entries} entries in each map`;
    return await compare(name, "full maps / empty ones", [full, empty], MAPS_FLOOR, { seconds, rounds, progress });
  });
}

interface Course {
  readonly seconds: number;
  readonly rounds: number;
  readonly progress: Progress;
}

export async function withProxies<T>(work: (proxies: Proxies) => Promise<T>): Promise<T> {
  const proxies = new Proxies();
  try {
    return await work(proxies);
  } finally {
    await proxies.stop();
  }
}

/** Loads two proxies in turn: rates with what is promised of them, and the latency of the slowest hundredth. */
export async function compare(
  name: string,
  what: string,
  [ours, theirs]: readonly [Proxy, Proxy],
  floor: number | undefined,
  { seconds, rounds, progress }: Course,
): Promise<Result> {
  const load = async ({ host, port, processes }: Proxy): Promise<Measured> => {
    const before = processorSeconds(processes);
    const driven = await driveWell({ host, port, names: NAMES, connections: CONNECTIONS, seconds });
    // With what they did before anything was counted: it is the same for both.
    return { ...driven, perProcessorSecond: (driven.rate * seconds) / (processorSeconds(processes) - before) };
  };
  const { values, dropped } = await undisturbedRounds(name, rounds, progress, async (round) => {
    // Neither always comes first.
    if (round % 2 === 0) return { measured: await load(ours), against: await load(theirs) };
    const against = await load(theirs);
    return { measured: await load(ours), against };
  });
  return { name, rounds, dropped, rows: rowsOf(what, values, floor) };
}

interface Measured extends Load {
  /** Requests in a second of the proxies' processor time: tells what they cost also where the load is not all that they bear. */
  readonly perProcessorSecond: number;
}

interface Pair {
  readonly measured: Measured;
  readonly against: Measured;
}

function rowsOf(what: string, pairs: readonly Pair[], floor: number | undefined): Row[] {
  const of = (side: keyof Pair, value: (load: Measured) => number) => pairs.map((pair) => value(pair[side]));
  const row = (unit: string, value: (load: Measured) => number, written: (value: number) => string): Row => {
    const [measured, against] = [of("measured", value), of("against", value)];
    return {
      what: `${what}, ${unit}`,
      measured: written(median(measured)),
      against: written(median(against)),
      ratio: pairedRatio(measured, against),
    };
  };
  return [
    { ...row("requests", ({ rate }) => rate, perSecond), ...(floor !== undefined && { floor }) },
    row("requests per second of processor time", ({ perProcessorSecond }) => perProcessorSecond, perSecond),
    row("p99", ({ p99Ms }) => p99Ms, milliseconds),
  ];
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");
}

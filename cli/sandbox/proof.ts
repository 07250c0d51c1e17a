/** Asks for every sample user's app as a visitor would, and tells what came of it. */
import { setTimeout as delay } from "node:timers/promises";
import { forEachBounded } from "../../deploy/pool";
import type { Cluster, User } from "../../services/contracts/resources";
import { itemsOf } from "../../services/contracts/client";
import type { Unit } from "../../sandbox/cloud/controller";
import type { LiveEnvironment } from "../live/environment";
import { addressesOf, askNameServer, delegatedTo, type NameServer } from "../live/names";
import { visit, visitByWebSocket } from "../live/visit";
import { judge, type Expected, type Row, type Said, type Seen } from "./proof-rows";
import { APPS, appHost, sampleUsers, type OwnDomain } from "./samples";

/** A first visit starts the user's app. */
const TIMEOUT_MS = 15_000;
const AT_ONCE = 4;
const AGAIN_MS = 500;

/** What is asked for by name, and where the control API says that it is. */
export async function expectations(live: LiveEnvironment, domain: OwnDomain | undefined): Promise<Expected[]> {
  const { environment, platform, operators } = live;
  const { zone } = environment.domain;
  const { items: clusters } = await operators.listClusters();
  const users = new Map<string, User>();
  for await (const user of itemsOf((cursor) => platform.listUsers({ limit: 1000, ...(cursor && { cursor }) }))) {
    users.set(user.label, user);
  }
  const expected = (user: string, host: string, kind: Expected["kind"]): Expected => {
    const home = users.get(user)?.home ?? "";
    return { user, host, kind, cluster: home, address: addressOf(clusters, home) };
  };
  const samples = sampleUsers(environment).filter(({ user }) => users.has(user));
  const rows = samples.map(({ user }) => expected(user, appHost(APPS.http, user, zone), "app"));
  const [first] = samples;
  if (first !== undefined) {
    rows.push(expected(first.user, appHost(APPS.webSocket, first.user, zone), "WebSocket"));
  }
  if (domain !== undefined) rows.push(expected(domain.user, domain.name, "custom domain"));
  return rows;
}

function addressOf(clusters: readonly Cluster[], name: string): string {
  return clusters.find((cluster) => cluster.name === name)?.hosting.ipv4 ?? "";
}

/** What came of it. */
export interface Proof {
  readonly rows: Row[];
  /** What runs and is not well: users may be served without it for a while, but it is not what is declared. */
  readonly ailing: readonly Unit[];
}

export function isProven({ rows, ailing }: Proof): boolean {
  return ailing.length === 0 && rows.every(({ trouble }) => trouble === undefined);
}

export interface ProofOptions {
  readonly patienceMs: number;
  /** Told what is not well yet, again and again. */
  readonly waiting: (proof: Proof) => void;
  /** Throws once the person has had enough. */
  readonly check: () => void;
}

/** Looks until all is as it should be, or the time is over, and returns the last look: all rows in their order. */
export async function prove(
  live: LiveEnvironment,
  expect: () => Promise<readonly Expected[]>,
  options: ProofOptions,
): Promise<Proof> {
  return await untilProven(async () => {
    const rows = await look(live, await expect());
    return { rows, ailing: (await live.cloud.client.units()).filter(({ healthy }) => !healthy) };
  }, options);
}

/**
 * What was well once is looked at again, when every app runs: a name has several servers, and one of them may not know yet what
 * another has answered already.
 */
export async function untilProven(
  lookAtAll: () => Promise<Proof>,
  { patienceMs, waiting, check }: ProofOptions,
): Promise<Proof> {
  const deadline = Date.now() + patienceMs;
  for (let wasProven = false; ;) {
    check();
    const proof = await lookAtAll();
    if ((wasProven && isProven(proof)) || Date.now() > deadline) return proof;
    wasProven = isProven(proof);
    if (wasProven) continue;
    waiting(proof);
    await delay(AGAIN_MS);
  }
}

async function look(live: LiveEnvironment, expected: readonly Expected[]): Promise<Row[]> {
  const delegation = await delegationOf(live);
  const rows = new Map<Expected, Row>();
  await forEachBounded(expected, AT_ONCE, async (row) => {
    // The name servers know the hosting zone only; what its owner has put elsewhere is found from the top.
    const { servers, undelegated } = row.kind === "custom domain" ? NO_DELEGATION : delegation;
    const seen = await see(live, servers, row);
    rows.set(row, judge(row, { ...seen, ...(undelegated !== undefined && { undelegated }) }));
  });
  return expected.flatMap((row) => rows.get(row) ?? []);
}

interface Delegation {
  readonly servers: readonly NameServer[];
  readonly undelegated?: string;
}

const NO_DELEGATION: Delegation = { servers: [] };

async function delegationOf({ resolver, environment, ports }: LiveEnvironment): Promise<Delegation> {
  try {
    return { servers: await delegatedTo(resolver, environment.domain.zone, ports.dns) };
  } catch (error) {
    return { servers: [], undelegated: (error as Error).message };
  }
}

async function see(live: LiveEnvironment, servers: readonly NameServer[], { host, kind }: Expected): Promise<Seen> {
  const asked = servers.map(async (server): Promise<[string, Said]> => {
    return [`name server ${server.name} (${server.host})`, await said(askNameServer(server, host))];
  });
  const found = addressesOf(live.resolver, host).then((addresses) => ({ addresses }));
  const top = said(found).then((answer): [string, Said] => ["the resolver, from the parent zone down,", answer]);
  const dns = new Map(await Promise.all([...asked, top]));
  const [address] = [...dns.values()].flatMap((said) => ("addresses" in said ? said.addresses : []));
  if (address === undefined) return { dns, error: "DNS gives no address for it" };
  const options = { at: { host: address, port: live.ports.http }, host, timeoutMs: TIMEOUT_MS };
  try {
    return { dns, visit: await (kind === "WebSocket" ? visitByWebSocket(options) : visit(options)) };
  } catch (error) {
    return { dns, error: (error as Error).message };
  }
}

async function said(answer: Promise<{ readonly addresses: readonly string[] }>): Promise<Said> {
  return await answer.then(
    ({ addresses }) => ({ addresses }),
    (error: Error) => ({ error: error.message }),
  );
}

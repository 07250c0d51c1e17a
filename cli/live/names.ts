/** Asking the local cloud's DNS: its resolver, and the name servers that it delegates to. */
import { Resolver } from "node:dns/promises";
import type { RecordType } from "dns-packet";
import { exchange } from "../../sandbox/cloud/dns/exchange";
import { extendedErrorOf } from "../../sandbox/cloud/dns/extended-error";
import type { Endpoint } from "../../sandbox/cloud/network";

/** Resolvers give a server a bit less than a second before they ask the next. */
const TIMEOUT_MS = 800;
/** The local cloud's resolver may have to ask several servers itself. */
const RECURSIVE_TIMEOUT_MS = 3_000;
const TRIES = 2;

/** A name server of the hosting zone. */
export interface NameServer extends Endpoint {
  readonly name: string;
}

/** What a name server says of a name. */
export interface Answer {
  readonly addresses: readonly string[];
  /** Seconds that it may be kept. */
  readonly ttl: number;
}

/** Asks a resolver for a name's IPv4 addresses. Rejects where it has none. */
export async function addressesOf(resolver: Endpoint, name: string): Promise<string[]> {
  return await explained(resolver, name, "A", (client) => client.resolve4(name));
}

/** The servers that a zone is delegated to, as the resolver finds them, all at the one port for DNS. */
export async function delegatedTo(resolver: Endpoint, zone: string, port: number): Promise<NameServer[]> {
  const names = await explained(resolver, zone, "NS", (client) => client.resolveNs(zone));
  const servers = names.sort().map(async (name) => {
    const addresses = await addressesOf(resolver, name);
    return addresses.map((host) => ({ name, host, port }));
  });
  return (await Promise.all(servers)).flat();
}

/** Asks one name server, once. Rejects where it has no address for the name, and where it does not answer. */
export async function askNameServer(server: Endpoint, name: string): Promise<Answer> {
  const records = await clientOf(server, TIMEOUT_MS, 1).resolve4(name, { ttl: true });
  return { addresses: records.map(({ address }) => address), ttl: Math.min(...records.map(({ ttl }) => ttl)) };
}

/** Asks a resolver. Where it fails, its own reason is the error's message, if it gives one. */
async function explained<T>(
  resolver: Endpoint,
  name: string,
  type: RecordType,
  ask: (client: Resolver) => Promise<T>,
): Promise<T> {
  try {
    return await ask(clientOf(resolver, RECURSIVE_TIMEOUT_MS, TRIES));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESERVFAIL") throw error;
    // The standard library's resolver leaves out why.
    const wish = { recursion: true, edns: true };
    const reply = await exchange(resolver, { name, type }, RECURSIVE_TIMEOUT_MS, wish).catch(() => undefined);
    const reason = reply && extendedErrorOf(reply);
    throw reason === undefined ? error : new Error(reason, { cause: error });
  }
}

function clientOf({ host, port }: Endpoint, timeout: number, tries: number): Resolver {
  const client = new Resolver({ timeout, tries });
  client.setServers([`${host}:${port}`]);
  return client;
}

/**
 * What the zone holds: a pure function of the feed's state. docs/dns.md says what resolvers make of it.
 *
 * Every key has records of its own that depend on nothing but its value, so that a change can be published without looking at
 * anything else. That is why the wildcard, too, names its cluster by CNAME.
 */
import { isIPv4 } from "node:net";
import { RESERVED_LABELS } from "../../../config/names";
import { dnsEntries, parseKey } from "../../contracts/feed";
import { LABEL_PATTERN, MAX_NAME_LENGTH } from "../../contracts/names";
import { canonicalIpv6 } from "./wire/addresses";
import { formatSoa, type ResourceRecord } from "./wire/records";

/** What the zone is made of beside the feed's state. */
export interface ZoneSettings {
  /** Hosting zone, lower case, without trailing dot. */
  readonly zone: string;
  /** Seconds that answers of users and clusters, and negative ones, may be cached. */
  readonly ttlSeconds: number;
  /** Name servers by name, with their addresses; those within the zone get address records. */
  readonly nameServers: Readonly<Record<string, string>>;
}

/**
 * Seconds that name servers and their addresses may be cached. They change when a region is added, and the parent zone's
 * delegation, which resolvers follow first, has a TTL of this order as well.
 */
export const NAME_SERVER_TTL = 3600;
/** Times of the SOA record that only secondaries use, of which there are none; RIPE-203's values. */
const SECONDARY_TIMES = { refresh: 86_400, retry: 7200, expire: 3_600_000 } as const;

/** The key under which records count that the settings alone decide: name servers and their addresses. */
export const SERVERS_KEY = "servers";

const LABEL = new RegExp(LABEL_PATTERN);

/** A value that the zone cannot hold. */
export class InvalidEntry extends Error {
  override readonly name = "InvalidEntry";
}

/** The cluster's name in the zone, which users' names point at. */
export function clusterRecordName(zone: string, cluster: string): string {
  return `${cluster}.clusters.${zone}`;
}

/** The names that a key has in the zone; none for a key that is none of the zone's. Throws InvalidEntry. */
export function namesOf({ zone }: ZoneSettings, key: string): string[] {
  const { kind, name } = parseKey(key);
  if (key === "zone") return [`*.${zone}`];
  if (kind !== "user" && kind !== "cluster") throw new InvalidEntry(`"${key}" is no key of the zone`);
  if (!LABEL.test(name)) throw new InvalidEntry(`"${key}" names no DNS label`);
  if (kind === "user" && isReserved(name)) throw new InvalidEntry(`"${key}": the label is the service's own`);
  const names = kind === "cluster" ? [clusterRecordName(zone, name)] : [`${name}.${zone}`, `*.${name}.${zone}`];
  if (names.some(({ length }) => length > MAX_NAME_LENGTH)) throw new InvalidEntry(`"${key}" makes too long a name`);
  return names;
}

function isReserved(label: string): boolean {
  return (RESERVED_LABELS as readonly string[]).includes(label);
}

/** The records of a key with a value. Throws InvalidEntry. */
export function recordsOf(settings: ZoneSettings, key: string, value: unknown): ResourceRecord[] {
  const { zone, ttlSeconds: ttl } = settings;
  const names = namesOf(settings, key);
  const alias = (cluster: string) =>
    names.map((name) => ({ name, type: "CNAME", ttl, data: clusterRecordName(zone, cluster) }));
  if (key === "zone") return alias(parse(dnsEntries.zone, key, value).defaultCluster);
  if (key.startsWith("user/")) return alias(parse(dnsEntries.user, key, value).cluster);
  const { ipv4, ipv6 } = parse(dnsEntries.cluster, key, value);
  return names.flatMap((name) => addressRecords(name, ttl, [ipv4, ...(ipv6 === undefined ? [] : [ipv6])]));
}

function parse<T>(schema: { safeParse(value: unknown): { data?: T | undefined } }, key: string, value: unknown): T {
  const { data } = schema.safeParse(value);
  if (data === undefined)
    throw new InvalidEntry(`"${key}" has the value ${JSON.stringify(value)}, which is not its kind's`);
  return data;
}

function addressRecords(name: string, ttl: number, addresses: readonly string[]): ResourceRecord[] {
  return addresses.map((address) =>
    isIPv4(address)
      ? { name, type: "A", ttl, data: address }
      : { name, type: "AAAA", ttl, data: canonicalIpv6(address) },
  );
}

/** NS records and the addresses of the name servers that lie within the zone. */
export function serverRecords({ zone, nameServers }: ZoneSettings): ResourceRecord[] {
  const servers = Object.entries(nameServers).map(([name, address]) => ({ name: name.toLowerCase(), address }));
  const ttl = NAME_SERVER_TTL;
  return [
    ...servers.map(({ name }) => ({ name: zone, type: "NS", ttl, data: name })),
    ...servers
      .filter(({ name }) => name.endsWith(`.${zone}`))
      .flatMap(({ name, address }) => addressRecords(name, ttl, [address])),
  ];
}

/** The SOA record. Its TTL and last field bound the caching of negative answers, which must not outlive a tombstone either. */
export function soaRecord({ zone, ttlSeconds, nameServers }: ZoneSettings, serial: number): ResourceRecord {
  const [primary = `ns.${zone}`] = Object.keys(nameServers).sort();
  const names = { primary: primary.toLowerCase(), contact: `hostmaster.${zone}` };
  const data = formatSoa({ ...names, serial, ...SECONDARY_TIMES, minimum: ttlSeconds });
  return { name: zone, type: "SOA", ttl: ttlSeconds, data };
}

/** The zone as a whole. Entries that it cannot hold are handed to `onInvalid` and left out. */
export function* zoneRecords(
  settings: ZoneSettings,
  state: ReadonlyMap<string, unknown>,
  serial: number,
  onInvalid: (error: InvalidEntry) => void,
): Generator<ResourceRecord> {
  yield soaRecord(settings, serial);
  yield* serverRecords(settings);
  for (const [key, value] of state) {
    try {
      yield* recordsOf(settings, key, value);
    } catch (error) {
      if (!(error instanceof InvalidEntry)) throw error;
      onInvalid(error);
    }
  }
}

/**
 * The key that a record belongs to by its name and kind, whether or not the state has that key; undefined for a record of
 * somebody else's. A user's record is known by where it points.
 */
export function ownerOf({ zone }: ZoneSettings, { name, type, data }: ResourceRecord): string | undefined {
  if (name === zone) return type === "NS" ? SERVERS_KEY : undefined;
  const relative = name.slice(0, -zone.length - 1);
  const isAddress = type === "A" || type === "AAAA";
  const isAlias = type === "CNAME";
  if (relative === "*") return isAddress || isAlias ? "zone" : undefined;
  if (relative.endsWith(".ns")) return isAddress ? SERVERS_KEY : undefined;
  if (relative.endsWith(".clusters")) {
    const cluster = relative.slice(0, -".clusters".length);
    return (isAddress || isAlias) && LABEL.test(cluster) ? `cluster/${cluster}` : undefined;
  }
  return isAlias && data.endsWith(`.clusters.${zone}`) ? userKeyAt(zone, name) : undefined;
}

/** The key of the user whose name or wildcard this is; undefined for any other name. */
export function userKeyAt(zone: string, name: string): string | undefined {
  const relative = name.slice(0, -zone.length - 1);
  const label = relative.startsWith("*.") ? relative.slice(2) : relative;
  return LABEL.test(label) && !isReserved(label) ? `user/${label}` : undefined;
}

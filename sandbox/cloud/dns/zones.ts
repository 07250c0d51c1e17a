/** What Cloud DNS serves: read off the records. Pure. */
import type { CloudRecord } from "../../provider/store";
import { list, text } from "../../provider/values";
import { shortName } from "../../gcp/links";
import type { Records } from "../controller";

export const ZONE = "gcp:dns/managedZone:ManagedZone";
export const RECORD_SET = "gcp:dns/recordSet:RecordSet";

/** Types whose data Google writes as zone files do. ALIAS is Google's own, and keys are made by whoever signs. */
const TYPES = [
  "A",
  "AAAA",
  "CAA",
  "CNAME",
  "DS",
  "HTTPS",
  "MX",
  "NAPTR",
  "NS",
  "PTR",
  "SOA",
  "SPF",
  "SRV",
  "SSHFP",
  "SVCB",
  "TLSA",
  "TXT",
];

export interface RecordSet {
  /** With the dot at its end, as everywhere in zone files. */
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: readonly string[];
}

export interface Zone {
  /** Of the managed zone's record. */
  readonly id: string;
  /** Short name of the managed zone. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Without the dot at its end. */
  readonly domain: string;
  /** As Google gives them to the zone. */
  readonly nameServers: readonly string[];
  readonly sets: readonly RecordSet[];
}

export interface Declared {
  readonly zones: readonly Zone[];
  /** By the id of the resource: why it is not served. */
  readonly refused: ReadonlyMap<string, string>;
}

/** The zones and their records, without those that are not emulated. */
export function declaredZones(records: Records): Declared {
  const refused = new Map<string, string>();
  const accepted = (record: CloudRecord, reason: string | undefined) => {
    if (reason !== undefined) refused.set(record.id, reason);
    return reason === undefined;
  };
  const sets = records.google(RECORD_SET).filter((record) => accepted(record, refusalOfSet(record)));
  const zones = records.google(ZONE).filter((record) => accepted(record, refusalOfZone(record)));
  return { zones: zones.map((zone) => zoneOf(zone, sets)), refused };
}

/** The id of the zone that a record set's id is in. */
export function zoneIdOf(recordSetId: string): string {
  return recordSetId.replace(/\/rrsets\/.*$/, "");
}

function zoneOf({ id, outputs }: CloudRecord, sets: readonly CloudRecord[]): Zone {
  return {
    id,
    name: text(outputs.name),
    labels: (outputs.labels ?? {}) as Record<string, string>,
    domain: text(outputs.dnsName).replace(/\.$/, ""),
    nameServers: list(outputs.nameServers).map(text),
    sets: sets.filter((set) => zoneIdOf(set.id) === id).map(setOf),
  };
}

function setOf({ outputs }: CloudRecord): RecordSet {
  const { ttl } = outputs;
  return {
    name: text(outputs.name),
    type: text(outputs.type),
    ttl: typeof ttl === "number" ? ttl : 0,
    data: list(outputs.rrdatas).map(text),
  };
}

function refusalOfZone({ outputs }: CloudRecord): string | undefined {
  return outputs.visibility === "private" ? `private zones (${text(outputs.name)}) are not emulated` : undefined;
}

function refusalOfSet({ id, outputs }: CloudRecord): string | undefined {
  const name = `${text(outputs.name)} ${text(outputs.type)}`;
  const data = list(outputs.rrdatas).map(text);
  if (!TYPES.includes(text(outputs.type))) return `record sets of this type (${name}) are not emulated`;
  if (outputs.routingPolicy !== undefined && outputs.routingPolicy !== null)
    return `routing policies (${name}) are not emulated`;
  if (typeof outputs.ttl !== "number") return `${name} of ${shortName(zoneIdOf(id))} has no TTL`;
  // A line of the zone file is one record.
  if (data.length === 0 || data.some((datum) => !/^[^\r\n\0]+$/.test(datum))) return `${name} has data that is no text`;
  return undefined;
}

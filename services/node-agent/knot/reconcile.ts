/**
 * Compares the zone as Knot serves it with what the state asks for, and finds the steps that repair it. Pure.
 *
 * It takes a zone of millions of records one by one, in any order, and keeps only what is wrong, and the keys not met yet. What is not
 * the driver's own stays as it is, unless it stands where a user's or the wildcard's CNAME belongs, which nothing may stand beside.
 *
 * A repair has as prerequisites the records as they were read: between reading and repairing somebody may have changed them by
 * hand, and then the next comparison decides.
 */
import { adding, createStep, stepOf, type Step } from "./plan";
import { clusterRecordName, InvalidEntry, namesOf, ownerOf, recordsOf, serverRecords, SERVERS_KEY } from "./zone";
import { soaRecord, userKeyAt, type ZoneSettings } from "./zone";
import { parseSoa, type ResourceRecord } from "./wire/records";
import type { Operation, Prerequisite } from "./wire/update";

export class Comparison {
  /** Keys of the state whose records have not all been met as they should be. */
  private readonly missing: Set<string>;
  /** A user's name met as it should be, until the other one is as well: neighbours in the zone, so there are few at a time. */
  private readonly half = new Map<string, string>();
  /** Records of users that are not as they should be, and all records of other keys, of which there are few. */
  private readonly found = new Map<string, ResourceRecord[]>();
  private soa: ResourceRecord | undefined;

  /** The state may change meanwhile: what counts is how it is when the repairs are asked for. */
  constructor(
    private readonly settings: ZoneSettings,
    private readonly state: ReadonlyMap<string, unknown>,
  ) {
    this.missing = new Set(state.keys());
  }

  /** The serial of the zone that was read. */
  get serial(): number | undefined {
    return this.soa && parseSoa(this.soa.data).serial;
  }

  /** Takes a record of the zone. */
  see(record: ResourceRecord): void {
    if (record.type === "SOA") {
      this.soa = record;
      return;
    }
    const key = ownerOf(this.settings, record) ?? this.obstructedKey(record);
    if (key === undefined) return;
    if (key.startsWith("user/") && this.isWanted(key, record)) {
      this.seeWanted(key, record.name);
      return;
    }
    const records = this.found.get(key);
    if (records === undefined) this.found.set(key, [record]);
    else records.push(record);
  }

  private isWanted(key: string, { type, ttl, data }: ResourceRecord): boolean {
    const value = this.state.get(key) as { cluster?: unknown } | undefined;
    const target =
      typeof value?.cluster === "string" ? clusterRecordName(this.settings.zone, value.cluster) : undefined;
    return type === "CNAME" && ttl === this.settings.ttlSeconds && data === target;
  }

  private seeWanted(key: string, name: string): void {
    if (this.half.delete(key)) this.missing.delete(key);
    else this.half.set(key, name);
  }

  /** The key of the state whose CNAME a record of somebody else's stands in the way of. */
  private obstructedKey({ name }: ResourceRecord): string | undefined {
    const { zone } = this.settings;
    const key = name === `*.${zone}` ? "zone" : userKeyAt(zone, name);
    return key !== undefined && this.state.has(key) ? key : undefined;
  }

  /**
   * The steps that repair the zone, except for keys that have been changed meanwhile: clusters before whatever points at them, users
   * before the wildcard leaves them, and what is in excess last. `takeSerial` gives one later than all before, for a SOA record that has to change.
   */
  *repairs(changed: ReadonlySet<string>, takeSerial: () => number): Generator<Step> {
    yield* this.serverRepairs(takeSerial);
    const keys = new Set([...this.found.keys(), ...this.missing]);
    keys.delete(SERVERS_KEY);
    const wanted = [...keys].filter((key) => this.state.has(key)).sort((a, b) => turnOf(a) - turnOf(b));
    const excess = [...keys].filter((key) => !this.state.has(key)).sort((a, b) => turnOf(b) - turnOf(a));
    for (const key of wanted) if (!changed.has(key)) yield* this.restoring(key);
    for (const key of excess) if (!changed.has(key) && !this.state.has(key)) yield* this.removing(key);
  }

  private *restoring(key: string): Generator<Step> {
    if (!this.state.has(key)) return;
    const found = this.found.get(key) ?? [];
    try {
      const value = this.state.get(key);
      if (!key.startsWith("user/") && sameRecords(found, recordsOf(this.settings, key, value))) return;
      const absent = namesOf(this.settings, key).filter(
        (name) => name !== this.half.get(key) && !found.some((record) => record.name === name),
      );
      const free = absent.map((name) => ({ kind: "has-no-records", name, type: "CNAME" }) as const);
      const { operations } = stepOf(this.settings, { key, value });
      yield createStep(key, [...asRead(found), ...(this.missing.has(key) ? free : [])], operations);
    } catch (error) {
      // Such an entry was reported when it came, and has no records.
      if (!(error instanceof InvalidEntry)) throw error;
    }
  }

  private *removing(key: string): Generator<Step> {
    const found = this.found.get(key) ?? [];
    if (found.length > 0) yield createStep(key, asRead(found), found.map(removal));
  }

  /** New name servers are added before old ones go, and the SOA record changes with a later serial only (RFC 2136, 3.4.2.2). */
  private *serverRepairs(takeSerial: () => number): Generator<Step> {
    const wanted = serverRecords(this.settings);
    const found = this.found.get(SERVERS_KEY) ?? [];
    const operations = [
      ...wanted.filter((record) => !found.some((other) => isSame(record, other))).map(adding),
      ...found.filter((record) => !wanted.some((other) => hasSameData(record, other))).map(removal),
    ];
    const { soa, serial } = this;
    if (soa !== undefined && serial !== undefined && !isSame(soa, soaRecord(this.settings, serial)))
      operations.push(adding(soaRecord(this.settings, takeSerial())));
    if (operations.length > 0) yield createStep(SERVERS_KEY, [], operations);
  }
}

/** What is repaired when; the other way round for what is in excess. */
function turnOf(key: string): number {
  if (key === "zone") return 2;
  return key.startsWith("user/") ? 1 : 0;
}

function asRead(records: readonly ResourceRecord[]): Prerequisite[] {
  return records.map((record) => ({ kind: "has-record", record }));
}

function removal(record: ResourceRecord): Operation {
  return { kind: "delete-record", record };
}

function sameRecords(a: readonly ResourceRecord[], b: readonly ResourceRecord[]): boolean {
  return a.length === b.length && a.every((record) => b.some((other) => isSame(record, other)));
}

function isSame(a: ResourceRecord, b: ResourceRecord): boolean {
  return hasSameData(a, b) && a.ttl === b.ttl;
}

function hasSameData(a: ResourceRecord, b: ResourceRecord): boolean {
  return a.name === b.name && a.type === b.type && a.data === b.data;
}

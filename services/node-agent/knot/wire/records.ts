/**
 * Resource records (RFC 1035, 3.2.1). Pure.
 *
 * A record's data is text in the form of zone files; that of types not needed here is in the form for unknown types
 * (RFC 3597, 5), so that any record can be read, compared and written back.
 */
import { decodeIpv4, decodeIpv6, encodeIpv4, encodeIpv6 } from "./addresses";
import { decodeName, encodeName } from "./names";
import { WireError } from "./wire-error";

/** Numbers of the types that have a name here. */
const TYPE_NUMBERS: Readonly<Record<string, number>> = { A: 1, NS: 2, CNAME: 5, SOA: 6, AAAA: 28 };
const TYPE_NAMES = new Map(Object.entries(TYPE_NUMBERS).map(([name, number]) => [number, name]));

/** Numbers of types that occur in messages only. */
export const META_TYPES = { TSIG: 250, AXFR: 252, ANY: 255 } as const;
export const CLASSES = { IN: 1, NONE: 254, ANY: 255 } as const;

/** A record of class IN. Records are the same if all their members are. */
export interface ResourceRecord {
  readonly name: string;
  /** `A`, `AAAA`, `CNAME`, `NS`, `SOA`, or `TYPE<number>` for any other. */
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  readonly data: string;
}

/** What a SOA record says. Times are in seconds. */
export interface Soa {
  readonly primary: string;
  readonly contact: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  /** How long answers that there is no such name or record may be cached (RFC 2308, 4). */
  readonly minimum: number;
}

export function typeNumber(type: string): number {
  const number = TYPE_NUMBERS[type] ?? Number(/^TYPE(\d{1,5})$/.exec(type)?.[1] ?? NaN);
  if (!(number <= 0xffff)) throw new WireError(`"${type}" is no record type that is known here`);
  return number;
}

export function typeName(number: number): string {
  return TYPE_NAMES.get(number) ?? `TYPE${number}`;
}

export function formatSoa(soa: Soa): string {
  const names = [soa.primary, soa.contact].map((name) => `${name}.`);
  return [...names, soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum].join(" ");
}

export function parseSoa(data: string): Soa {
  const fields = data.split(" ");
  const [primary, contact] = fields.slice(0, 2).map((name) => name.replace(/\.$/, ""));
  const [serial, refresh, retry, expire, minimum] = fields.slice(2).map(Number);
  const complete = fields.length === 7 && fields.slice(2).every((field) => /^\d+$/.test(field));
  if (!complete) throw new WireError(`"${data}" is no SOA data`);
  return { primary, contact, serial, refresh, retry, expire, minimum } as Soa;
}

/** Writes a record's data. */
export function encodeData(type: string, data: string): Buffer {
  switch (type) {
    case "A":
      return encodeIpv4(data);
    case "AAAA":
      return encodeIpv6(data);
    case "CNAME":
    case "NS":
      return encodeName(data);
    case "SOA":
      return encodeSoa(parseSoa(data));
    default:
      return encodeUnknown(data);
  }
}

function encodeSoa(soa: Soa): Buffer {
  const numbers = Buffer.allocUnsafe(20);
  [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum].forEach((value, index) =>
    numbers.writeUInt32BE(value, 4 * index),
  );
  return Buffer.concat([encodeName(soa.primary), encodeName(soa.contact), numbers]);
}

function encodeUnknown(data: string): Buffer {
  const [, length, hex = ""] = /^\\# (\d+)(?: ([0-9a-f]*))?$/.exec(data) ?? [];
  const encoded = Buffer.from(hex, "hex");
  if (encoded.length !== Number(length)) throw new WireError(`"${data}" is no data of an unknown type`);
  return encoded;
}

/** Reads a record's data, in which names may be compressed. */
export function decodeData(type: string, message: Buffer, start: number, end: number): string {
  const data = message.subarray(start, end);
  switch (type) {
    case "A":
      return decodeIpv4(data);
    case "AAAA":
      return decodeIpv6(data);
    case "CNAME":
    case "NS":
      return decodeName(message, start).name;
    case "SOA":
      return decodeSoa(message, start, end);
    default:
      return `\\# ${data.length}${data.length === 0 ? "" : ` ${data.toString("hex")}`}`;
  }
}

function decodeSoa(message: Buffer, start: number, end: number): string {
  const primary = decodeName(message, start);
  const contact = decodeName(message, primary.end);
  if (end - contact.end !== 20) throw new WireError("SOA data is cut short");
  const [serial, refresh, retry, expire, minimum] = [0, 4, 8, 12, 16].map((offset) =>
    message.readUInt32BE(contact.end + offset),
  );
  const numbers = { serial, refresh, retry, expire, minimum } as Omit<Soa, "primary" | "contact">;
  return formatSoa({ primary: primary.name, contact: contact.name, ...numbers });
}

/** Whole messages (RFC 1035, 4.1): queries that are written, responses that are read. Pure. */
import { decodeName, encodeName } from "./names";
import { CLASSES, decodeData, META_TYPES, typeName, typeNumber, type ResourceRecord } from "./records";
import { WireError } from "./wire-error";

export const HEADER_LENGTH = 12;
const OPCODE_QUERY = 0;
const RESPONSE_FLAG = 0x8000;

/** Response codes that are decided by (RFC 1035, 4.1.1; RFC 2136, 2.2). */
const RCODES = [
  "NOERROR",
  "FORMERR",
  "SERVFAIL",
  "NXDOMAIN",
  "NOTIMP",
  "REFUSED",
  "YXDOMAIN",
  "YXRRSET",
  "NXRRSET",
  "NOTAUTH",
  "NOTZONE",
] as const;
export type Rcode = (typeof RCODES)[number] | `RCODE${number}`;

/** The record that signs a message, as it stands at its end. */
export interface TsigRecord {
  /** Where it begins: up to there goes the message that it signs. */
  readonly offset: number;
  readonly keyName: string;
  readonly data: Buffer;
}

export interface Message {
  readonly id: number;
  readonly response: boolean;
  readonly rcode: Rcode;
  readonly answers: readonly ResourceRecord[];
  readonly tsig?: TsigRecord;
}

/** How many entries each section has; sections are called by what an update has in them (RFC 2136, 2). */
export interface Counts {
  readonly zone: number;
  readonly prerequisites: number;
  readonly updates: number;
}

export function encodeHeader(id: number, opcode: number, { zone, prerequisites, updates }: Counts): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  [id, opcode << 11, zone, prerequisites, updates].forEach((value, index) => header.writeUInt16BE(value, 2 * index));
  return header;
}

/** A name, a type and a class: a question, or the zone that an update is for. */
export function encodeQuestion(name: string, type: number): Buffer {
  return Buffer.concat([encodeName(name), uint16(type), uint16(CLASSES.IN)]);
}

/** A query for a type, or for the whole zone with type `AXFR`. */
export function encodeQuery(id: number, name: string, type: string): Buffer {
  const number = type === "AXFR" ? META_TYPES.AXFR : typeNumber(type);
  return Buffer.concat([
    encodeHeader(id, OPCODE_QUERY, { zone: 1, prerequisites: 0, updates: 0 }),
    encodeQuestion(name, number),
  ]);
}

/** A record as it stands in any section. */
export function encodeRecord(name: string, type: number, klass: number, ttl: number, data: Buffer): Buffer {
  const fixed = Buffer.allocUnsafe(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(klass, 2);
  fixed.writeUInt32BE(ttl, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fixed, data]);
}

export function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

/** Reads a message. Records other than answers are skipped, except the one that signs it. */
export function decodeMessage(message: Buffer): Message {
  if (message.length < HEADER_LENGTH) throw new WireError(`a message has ${message.length} octets`);
  const [questions, answers, authority, additional] = [4, 6, 8, 10].map((offset) => message.readUInt16BE(offset)) as [
    number,
    number,
    number,
    number,
  ];
  const flags = message.readUInt16BE(2);
  const reader = new RecordReader(message);
  reader.skipQuestions(questions);
  const decoded = Array.from({ length: answers }, () => reader.record());
  for (let index = 0; index < authority; index++) reader.raw();
  const tsig = reader.signature(additional);
  return {
    id: message.readUInt16BE(0),
    response: (flags & RESPONSE_FLAG) !== 0,
    rcode: RCODES[flags & 0xf] ?? `RCODE${flags & 0xf}`,
    answers: decoded,
    ...(tsig !== undefined && { tsig }),
  };
}

interface RawRecord {
  readonly start: number;
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly dataStart: number;
  readonly dataEnd: number;
}

class RecordReader {
  private at = HEADER_LENGTH;

  constructor(private readonly message: Buffer) {}

  skipQuestions(count: number): void {
    for (let index = 0; index < count; index++) this.at = decodeName(this.message, this.at).end + 4;
  }

  record(): ResourceRecord {
    const { name, type: number, class: klass, ttl, dataStart, dataEnd } = this.raw();
    if (klass !== CLASSES.IN) throw new WireError(`a record of ${name} is of class ${klass}`);
    const type = typeName(number);
    return { name, type, ttl, data: decodeData(type, this.message, dataStart, dataEnd) };
  }

  raw(): RawRecord {
    const start = this.at;
    const { name, end } = decodeName(this.message, start);
    if (end + 10 > this.message.length) throw new WireError("a record is cut short");
    const dataStart = end + 10;
    const dataEnd = dataStart + this.message.readUInt16BE(end + 8);
    if (dataEnd > this.message.length) throw new WireError("a record's data is cut short");
    this.at = dataEnd;
    return {
      start,
      name,
      type: this.message.readUInt16BE(end),
      class: this.message.readUInt16BE(end + 2),
      ttl: this.message.readUInt32BE(end + 4),
      dataStart,
      dataEnd,
    };
  }

  /** The last of the additional records where it is a TSIG record (RFC 8945, 5.1). */
  signature(count: number): TsigRecord | undefined {
    let last: RawRecord | undefined;
    for (let index = 0; index < count; index++) last = this.raw();
    if (last?.type !== META_TYPES.TSIG) return undefined;
    if (last.class !== CLASSES.ANY || last.ttl !== 0)
      throw new WireError("a TSIG record must be of class ANY and TTL 0");
    return {
      offset: last.start,
      keyName: last.name,
      data: this.message.subarray(last.dataStart, last.dataEnd),
    };
  }
}

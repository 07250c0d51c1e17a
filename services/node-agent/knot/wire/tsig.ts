/** Signed messages (RFC 8945) with HMAC-SHA256. Pure. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { encodeRecord, uint16, type TsigRecord } from "./message";
import { decodeName, encodeName } from "./names";
import { CLASSES, META_TYPES } from "./records";
import { WireError } from "./wire-error";

const ALGORITHM = "hmac-sha256";
/** Seconds by which clocks may differ (RFC 8945, 10: recommended). */
const FUDGE = 300;
/** Unsigned messages in a row that a transfer may contain (RFC 8945, 5.3.1). */
const MAX_UNSIGNED = 99;
const ERROR_NAMES: Readonly<Record<number, string>> = { 16: "BADSIG", 17: "BADKEY", 18: "BADTIME", 22: "BADTRUNC" };

export interface TsigKey {
  readonly name: string;
  readonly secret: Buffer;
}

/** A response that is not proven to come from who holds the key, or a request whose signature was refused. */
export class TsigError extends Error {
  override readonly name = "TsigError";
}

/** Signs a request. `mac` is what the response's signature covers beside the response. */
export function sign(message: Buffer, key: TsigKey, unixSeconds: number): { message: Buffer; mac: Buffer } {
  const timers = encodeTimers(unixSeconds, FUDGE);
  const mac = createHmac("sha256", key.secret)
    .update(message)
    .update(variables(key, timers, 0, NOTHING))
    .digest();
  const id = message.subarray(0, 2);
  const data = [encodeName(ALGORITHM), timers, uint16(mac.length), mac, id, uint16(0), uint16(0)];
  const record = encodeRecord(key.name, META_TYPES.TSIG, CLASSES.ANY, 0, Buffer.concat(data));
  const signed = Buffer.concat([message, record]);
  signed.writeUInt16BE(signed.readUInt16BE(10) + 1, 10);
  return { message: signed, mac };
}

const NOTHING = Buffer.alloc(0);

interface Signature {
  readonly timers: Buffer;
  readonly mac: Buffer;
  readonly originalId: Buffer;
  readonly error: number;
  readonly other: Buffer;
}

/** Verifies the response to one request: a single message, or a transfer's many. */
export class TsigVerifier {
  private previousMac: Buffer;
  private readonly unsigned: Buffer[] = [];
  private first = true;

  constructor(
    private readonly key: TsigKey,
    requestMac: Buffer,
    private readonly now: () => number = () => Math.floor(Date.now() / 1000),
  ) {
    this.previousMac = requestMac;
  }

  /** Takes the next message; throws a TsigError unless it may be believed so far. */
  accept(message: Buffer, tsig: TsigRecord | undefined): void {
    if (tsig === undefined) {
      if (this.first || this.unsigned.length >= MAX_UNSIGNED) throw new TsigError("the response is not signed");
      this.unsigned.push(message);
      return;
    }
    this.check(message, tsig, decodeSignature(tsig.data));
  }

  /** Throws a TsigError unless everything accepted is covered by a signature. */
  finish(): void {
    if (this.first || this.unsigned.length > 0) throw new TsigError("the end of the response is not signed");
  }

  private check(message: Buffer, tsig: TsigRecord, signature: Signature): void {
    const { timers, mac, originalId, error, other } = signature;
    // Who does not know the key, or takes the request's signature for wrong, cannot sign the refusal (RFC 8945, 5.3.2).
    if (error !== 0 && mac.length === 0) throw refusal(error, this.key.name);
    const hmac = createHmac("sha256", this.key.secret).update(uint16(this.previousMac.length)).update(this.previousMac);
    for (const earlier of this.unsigned) hmac.update(earlier);
    hmac.update(originalId).update(unsignedPart(message, tsig.offset));
    hmac.update(this.first ? variables(this.key, timers, error, other) : timers);
    const expected = hmac.digest();
    if (tsig.keyName !== this.key.name || mac.length !== expected.length || !timingSafeEqual(mac, expected))
      throw new TsigError(`the response's signature is not of key ${this.key.name}`);
    if (error !== 0) throw refusal(error, this.key.name);
    const skew = Math.abs(this.now() - timers.readUIntBE(0, 6));
    if (skew > timers.readUInt16BE(6)) throw new TsigError(`the response was signed ${skew} s from now: set the clock`);
    this.previousMac = mac;
    this.unsigned.length = 0;
    this.first = false;
  }
}

/** What was signed, less the id: the message without its last record, which is not counted. */
function unsignedPart(message: Buffer, end: number): Buffer {
  const part = Buffer.from(message.subarray(2, end));
  part.writeUInt16BE(part.readUInt16BE(8) - 1, 8);
  return part;
}

function refusal(error: number, keyName: string): TsigError {
  const name = ERROR_NAMES[error] ?? `error ${error}`;
  const remedy = "both sides must have the same key, algorithm hmac-sha256 and time";
  return new TsigError(`the request signed with key ${keyName} was refused (${name}): ${remedy}`);
}

function encodeTimers(unixSeconds: number, fudge: number): Buffer {
  const timers = Buffer.allocUnsafe(8);
  timers.writeUIntBE(unixSeconds, 0, 6);
  timers.writeUInt16BE(fudge, 6);
  return timers;
}

/** What is signed beside the message (RFC 8945, 4.3.3). */
function variables(key: TsigKey, timers: Buffer, error: number, other: Buffer): Buffer {
  const classAndTtl = Buffer.concat([uint16(CLASSES.ANY), Buffer.alloc(4)]);
  const rest = [encodeName(ALGORITHM), timers, uint16(error), uint16(other.length), other];
  return Buffer.concat([encodeName(key.name), classAndTtl, ...rest]);
}

function decodeSignature(data: Buffer): Signature {
  const { name, end } = decodeName(data, 0);
  if (name !== ALGORITHM) throw new TsigError(`the response is signed with ${name}, not ${ALGORITHM}`);
  const macStart = end + 10;
  const macEnd = macStart + (data.length < macStart ? 0 : data.readUInt16BE(end + 8));
  if (data.length < macEnd + 6 || data.length !== macEnd + 6 + data.readUInt16BE(macEnd + 4))
    throw new WireError("a TSIG record is cut short");
  return {
    timers: data.subarray(end, end + 8),
    mac: data.subarray(macStart, macEnd),
    originalId: data.subarray(macEnd, macEnd + 2),
    error: data.readUInt16BE(macEnd + 2),
    other: data.subarray(macEnd + 6),
  };
}

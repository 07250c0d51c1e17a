/** Queries that come to the resolver, and its responses. Pure. */
import * as packet from "dns-packet";
import { extendedError } from "../extended-error";
import { decode, edns, UDP_SIZE, type Message } from "../message";
import type { Resolution } from "./recursion";

/** Octets of a response over UDP to whoever does not say what it can take (RFC 1035, 4.2.1). */
const LEAST_UDP_SIZE = 512;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const TRUNCATED = 0x0200;
const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const HEADER_LENGTH = 12;
/** Types that are about zones or messages, not names. */
const REFUSED_TYPES = ["AXFR", "IXFR", "ANY", "OPT", "TSIG", "TKEY"];

export type Rcode = keyof typeof RCODES;

export type Query =
  | { readonly is: "question"; readonly packet: Message; readonly question: packet.Question }
  /** To be answered so, without a look at names. */
  | { readonly is: "refused"; readonly response: Buffer }
  /** Not to be answered at all. */
  | { readonly is: "noise" };

export function readQuery(message: Buffer): Query {
  if (message.length < HEADER_LENGTH || (message.readUInt16BE(2) & 0x8000) !== 0) return { is: "noise" };
  let query: Message;
  try {
    query = decode(message);
  } catch {
    return { is: "refused", response: refusal(message.readUInt16BE(0), "FORMERR") };
  }
  const refuse = (rcode: Rcode): Query => ({ is: "refused", response: refusal(query.id ?? 0, rcode, query.questions) });
  const [question, ...others] = query.questions ?? [];
  if (query.opcode !== "QUERY") return refuse("NOTIMP");
  if (question === undefined || others.length > 0) return refuse("FORMERR");
  if (question.class !== "IN") return refuse("REFUSED");
  if (REFUSED_TYPES.includes(question.type)) return refuse("NOTIMP");
  return { is: "question", packet: query, question };
}

/** @param size octets that it may have; what is longer is cut, and says so. */
export function response(query: Message, { rcode, answers, because }: Resolution, size: number): Buffer {
  const flags = RECURSION_AVAILABLE | ((query.flags ?? 0) & RECURSION_DESIRED) | RCODES[rcode];
  const hasEdns = query.additionals?.some(({ type }) => type === "OPT") ?? false;
  const options = because === undefined ? [] : [extendedError(because)];
  const whole: packet.Packet = {
    type: "response",
    id: query.id,
    flags,
    questions: query.questions ?? [],
    answers: [...answers],
    additionals: hasEdns ? [edns(options)] : [],
  };
  const encoded = packet.encode(whole);
  return encoded.length <= size ? encoded : packet.encode({ ...whole, flags: flags | TRUNCATED, answers: [] });
}

/** Octets of a response over UDP to this query. */
export function udpSizeFor(query: Message): number {
  const opt = query.additionals?.find((record) => record.type === "OPT");
  return opt === undefined ? LEAST_UDP_SIZE : Math.min(Math.max(opt.udpPayloadSize, LEAST_UDP_SIZE), UDP_SIZE);
}

function refusal(id: number, rcode: Rcode, questions: packet.Question[] = []): Buffer {
  return packet.encode({ type: "response", id, flags: RECURSION_AVAILABLE | RCODES[rcode], questions });
}

/** What a name server's reply means to a resolver. Pure. */
import type { Answer, SoaData } from "dns-packet";
import type { Reply } from "../exchange";

/** A resource record of any kind but those that are about messages. */
export type Record = Exclude<Answer, { type: "OPT" }>;

/** What a reply says of a name that was asked for in a zone. */
export type Meaning =
  /** Records of the name, and whatever else of the zone came with them. */
  | { readonly is: "answer"; readonly records: readonly Record[] }
  /** There is no such name, or it has no such records; for so many seconds. */
  | { readonly is: "nothing"; readonly rcode: "NXDOMAIN" | "NOERROR"; readonly seconds: number }
  /** Other servers are responsible: those with these addresses, by their glue. */
  | { readonly is: "referral"; readonly zone: string; readonly addresses: readonly string[]; readonly seconds: number }
  /** The server does not serve such names. */
  | { readonly is: "refused" }
  /** The server is of no use: broken, or without authority. */
  | { readonly is: "lame"; readonly because: string };

export function normal(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** Whether a name is the zone's or below it; all names are in the root, "". */
export function isWithin(name: string, zone: string): boolean {
  return zone === "" || name === zone || name.endsWith(`.${zone}`);
}

/** Reads a reply of a server of `zone` to a question for `name` and `type`. Whatever lies outside of the zone counts for nothing. */
export function meaningOf(reply: Reply, zone: string, name: string, type: string): Meaning {
  if (reply.rcode === "REFUSED") return { is: "refused" };
  if (reply.rcode !== "NOERROR" && reply.rcode !== "NXDOMAIN") return { is: "lame", because: reply.rcode };
  const records = ofZone(reply.answers, zone);
  const answers = records.some((record) => record.name === name && (record.type === type || record.type === "CNAME"));
  if (answers) return { is: "answer", records };
  const authorities = ofZone(reply.authorities, zone);
  const referral =
    reply.rcode === "NOERROR" ? referralOf(authorities, ofZone(reply.additionals, zone), zone, name) : undefined;
  if (referral !== undefined) return referral;
  if (!reply.flag_aa) return { is: "lame", because: "no authority" };
  return { is: "nothing", rcode: reply.rcode, seconds: negativeSeconds(authorities) };
}

function ofZone(records: readonly Answer[] | undefined, zone: string): Record[] {
  return (records ?? [])
    .filter((record): record is Record => record.type !== "OPT")
    .map((record) => ({ ...record, name: normal(record.name) }))
    .filter((record) => isWithin(record.name, zone));
}

function referralOf(
  authorities: readonly Record[],
  additionals: readonly Record[],
  zone: string,
  name: string,
): Meaning | undefined {
  const delegation = authorities.filter(
    (record) => record.type === "NS" && record.name !== zone && isWithin(name, record.name),
  );
  const [first] = delegation;
  if (first === undefined) return undefined;
  const servers = delegation.map((record) => normal(record.data as string));
  const glue = additionals.filter((record) => record.type === "A" && servers.includes(record.name));
  return {
    is: "referral",
    zone: first.name,
    addresses: glue.map((record) => record.data as string),
    seconds: Math.min(...[...delegation, ...glue].map(secondsOf)),
  };
}

/** How long "nothing" is good for (RFC 2308, 5). */
function negativeSeconds(authorities: readonly Record[]): number {
  const soa = authorities.find(({ type }) => type === "SOA");
  return soa === undefined ? 0 : Math.min(secondsOf(soa), (soa.data as SoaData).minimum ?? 0);
}

export function secondsOf(record: Record): number {
  return "ttl" in record && record.ttl !== undefined ? record.ttl : 0;
}

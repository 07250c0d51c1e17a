/** Source ranges of firewalls: which lie inside the project's networks, which are the internet. Pure. */
import { isIP } from "node:net";
import { overlaps, sizeOf, type Cidr } from "../../config/cidr";

/** RFC 1918, and RFC 6598 for carrier-grade NAT: never routed on the internet. */
const PRIVATE_V4 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(readV4);

/** As many addresses as a /8 holds. No single organisation's public range is that wide, so more means "anybody". */
const WIDEST_V4 = 2 ** 24;
/** Registries hold /12; whoever names less than 16 bits of an IPv6 prefix means "anybody". */
const SHORTEST_V6_PREFIX = 16;

/** Whether the ranges together let in whoever wants to: `0.0.0.0/0`, `::/0`, and the same in pieces. */
export function areAnywhere(ranges: readonly string[]): boolean {
  const distinct = [...new Set(ranges)];
  const publicV4 = distinct
    .filter((range) => !isV6(range))
    .map(readV4)
    .filter(isPublicV4);
  const total = publicV4.reduce((sum, { prefix }) => sum + sizeOf(prefix), 0);
  return total > WIDEST_V4 || distinct.filter(isV6).some(isWideV6);
}

/** Whether some address of the range is on the internet. */
export function isPublic(range: string): boolean {
  return isV6(range) ? isPublicV6(range) : isPublicV4(readV4(range));
}

/** Whether `range` lies within `outer`. IPv4 only. */
export function liesIn(range: string, outer: string): boolean {
  return !isV6(range) && within(readV4(range), readV4(outer));
}

function within(inner: Cidr, outer: Cidr): boolean {
  return inner.prefix >= outer.prefix && overlaps(inner, outer);
}

function isPublicV4(range: Cidr): boolean {
  return !PRIVATE_V4.some((network) => within(range, network));
}

function isWideV6(range: string): boolean {
  return isPublicV6(range) && prefixOf(range, 128) < SHORTEST_V6_PREFIX;
}

/** All but unique local (fc00::/7) and link-local (fe80::/10) addresses. */
function isPublicV6(range: string): boolean {
  return !/^(f[cd]|fe[89ab])/i.test(range) || prefixOf(range, 128) < 7;
}

function isV6(range: string): boolean {
  return range.includes(":");
}

/** Reads `a.b.c.d` or `a.b.c.d/n`, whatever bits are set beyond the prefix. What cannot be read is the whole internet. */
function readV4(range: string): Cidr {
  const address = range.split("/")[0] ?? "";
  const prefix = prefixOf(range, 32);
  if (isIP(address) !== 4) return { base: 0, prefix: 0 };
  const value = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return { base: value - (value % sizeOf(prefix)), prefix };
}

/** The prefix length; a lone address has all of its bits, and what cannot be read has none. */
function prefixOf(range: string, bits: number): number {
  const [, prefix] = range.split("/");
  if (prefix === undefined) return bits;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits ? Number(prefix) : 0;
}

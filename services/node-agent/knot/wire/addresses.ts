/** IP addresses on the wire, and the one text that stands for each. Pure. */
import { isIPv4, isIPv6 } from "node:net";
import { WireError } from "./wire-error";

export function encodeIpv4(address: string): Buffer {
  if (!isIPv4(address)) throw new WireError(`"${address}" is no IPv4 address`);
  return Buffer.from(address.split(".").map(Number));
}

export function decodeIpv4(data: Buffer): string {
  if (data.length !== 4) throw new WireError(`an IPv4 address has ${data.length} octets`);
  return data.join(".");
}

export function encodeIpv6(address: string): Buffer {
  const [head = "", tail] = canonicalIpv6(address).split("::");
  const first = groupsOf(head);
  const last = groupsOf(tail ?? "");
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return Buffer.from([...first, ...zeros, ...last].flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

export function decodeIpv6(data: Buffer): string {
  if (data.length !== 16) throw new WireError(`an IPv6 address has ${data.length} octets`);
  const groups = Array.from({ length: 8 }, (_, index) => data.readUInt16BE(2 * index).toString(16));
  return canonicalIpv6(groups.join(":"));
}

/** Lower case, the longest run of zeros left out: as URLs write it, which is RFC 5952 but for embedded IPv4 addresses. */
export function canonicalIpv6(address: string): string {
  if (!isIPv6(address) || address.includes("%")) throw new WireError(`"${address}" is no IPv6 address`);
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

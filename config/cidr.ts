/** IPv4 ranges in CIDR notation: parsing, overlap and the splitting of a cluster's range into subnets. Pure. */

/** An IPv4 range: `base` is the first address as an unsigned 32-bit number, `prefix` the number of fixed bits (0 to 32). */
export interface Cidr {
  readonly base: number;
  readonly prefix: number;
}

/** Number of addresses in a range of this prefix length. */
export function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}

/** An address such as `10.16.0.1` as an unsigned 32-bit number; undefined for anything else, leading zeros included. */
export function parseIpv4(text: string): number | undefined {
  const octets = text.split(".");
  const valid =
    octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255);
  return valid ? octets.reduce((sum, octet) => sum * 256 + Number(octet), 0) : undefined;
}

/** The notation that {@link parseIpv4} reads. */
export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** Parses `10.16.0.0/20`. Throws an Error that says what is wrong: notation, prefix, or bits set beyond the prefix. */
export function parseCidr(text: string): Cidr {
  const [, address = "", length = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const base = parseIpv4(address);
  if (base === undefined) throw new Error(`"${text}" is not an IPv4 range such as 10.16.0.0/20`);
  const prefix = Number(length);
  if (prefix > 32) throw new Error(`"${text}" has a prefix above 32`);
  const aligned = base - (base % sizeOf(prefix));
  if (aligned !== base) {
    throw new Error(
      `"${text}" has bits set beyond its prefix; the range it lies in is ${formatCidr({ base: aligned, prefix })}`,
    );
  }
  return { base, prefix };
}

/** The range that {@link parseCidr} reads, or undefined where that throws. */
export function readCidr(text: string): Cidr | undefined {
  try {
    return parseCidr(text);
  } catch {
    return undefined;
  }
}

/** What keeps `text` from being a range whose prefix length lies between the two, or undefined when nothing does. */
export function cidrMistake(text: string, shortest: number, longest: number): string | undefined {
  try {
    const { prefix } = parseCidr(text);
    return prefix < shortest || prefix > longest
      ? `${text} is /${prefix}; it must be /${shortest} to /${longest}`
      : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The notation that {@link parseCidr} reads. */
export function formatCidr({ base, prefix }: Cidr): string {
  return `${formatIpv4(base)}/${prefix}`;
}

/** Whether two ranges share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.base < b.base + sizeOf(b.prefix) && b.base < a.base + sizeOf(a.prefix);
}

/**
 * The `index`-th of the equal parts of `range` that have `prefix`.
 * Throws a RangeError when the prefix is shorter than the range's or the index is outside.
 */
export function part(range: Cidr, prefix: number, index: number): Cidr {
  const count = 2 ** (prefix - range.prefix);
  if (prefix > 32 || count < 1 || index < 0 || index >= count) {
    throw new RangeError(`${formatCidr(range)} has no part ${index} of /${prefix}`);
  }
  return { base: range.base + index * sizeOf(prefix), prefix };
}

/** The subnets of a cluster's range. */
export interface ClusterSubnets {
  /** For virtual machines: the first half. */
  readonly machines: string;
  /** For the regional load balancers' proxies: the last eighth. Google asks for at least /26 and advises /23. */
  readonly proxies: string;
}

/** Splits a cluster's range; what neither subnet takes stays free for growth. */
export function clusterSubnets(cidr: string): ClusterSubnets {
  const range = parseCidr(cidr);
  return {
    machines: formatCidr(part(range, range.prefix + 1, 0)),
    proxies: formatCidr(part(range, range.prefix + 3, 7)),
  };
}

/** The subnets of the resolution service in one region. */
export interface ResolutionSubnets {
  /** GKE nodes: a quarter. */
  readonly nodes: string;
  /** Pods, a secondary range: half, because each node takes a /24 of it. */
  readonly pods: string;
  /** Kubernetes Services, a secondary range: an eighth. */
  readonly services: string;
  /** The regional load balancer's proxies: a sixteenth. */
  readonly proxies: string;
}

/** Splits one region's range of the resolution service. */
export function resolutionSubnets(cidr: string): ResolutionSubnets {
  const range = parseCidr(cidr);
  return {
    nodes: formatCidr(part(range, range.prefix + 2, 0)),
    services: formatCidr(part(range, range.prefix + 3, 2)),
    proxies: formatCidr(part(range, range.prefix + 4, 6)),
    pods: formatCidr(part(range, range.prefix + 1, 1)),
  };
}

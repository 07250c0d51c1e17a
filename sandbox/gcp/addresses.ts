import type { RecordStore } from "../provider/store";
import { type Cidr, formatCidr, formatIpv4, parseCidr, sizeOf } from "../../config/cidr";
import { NETWORK_VARIABLE } from "../cloud/client";
import { PARTS } from "../cloud/network";
import { number } from "../provider/hash";

const POOL = "external-addresses";
const INTERNAL_POOL = "internal-addresses";
/** Ranges for documentation (RFC 5737), then the shared address space (RFC 6598): never anybody's real address. */
const EXTERNAL = ["203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "100.64.0.0/10"];
/** How many addresses of a range are tried before the next: enough for any range to be found full, or not. */
const MAXIMUM_PROBES = 4096;

/**
 * An external address for `owner`, unique among all owners in the store until it is released, and the same each time
 * the same owner asks while it is free.
 */
export function claimExternalAddress(store: RecordStore, owner: string): string {
  const loopback = loopbackRange("external");
  const ranges = loopback === undefined ? EXTERNAL.map(parseCidr) : [loopback];
  for (const range of ranges) {
    const address = claimIn(store, POOL, range, owner);
    if (address !== undefined) return address;
  }
  throw new Error(`no external address is left for ${owner} in ${ranges.map(formatCidr).join(", ")}`);
}

/** An address for `owner` inside a subnet, unique in that subnet. */
export function claimInternalAddress(store: RecordStore, subnet: string, range: Cidr, owner: string): string {
  const loopback = loopbackRange("internal");
  const address = claimIn(store, internalPool(subnet), loopback ?? range, owner);
  if (address === undefined) throw new Error(`no address is left for ${owner} in ${subnet}`);
  return address;
}

/** Where a local cloud runs, the part of its range of loopback addresses that the provider gives out. */
function loopbackRange(part: "external" | "internal"): Cidr | undefined {
  const network = process.env[NETWORK_VARIABLE];
  if (network === undefined || network === "") return undefined;
  const { base } = parseCidr(network);
  const [first, last] = PARTS[part];
  return { base: base + first * 256, prefix: 24 - Math.log2(last - first + 1) };
}

/** Gives back what `owner` had claimed; other addresses are left alone. */
export function releaseAddress(store: RecordStore, subnet: string, address: string, owner: string): void {
  store.release(subnet === "" ? POOL : internalPool(subnet), address, owner);
}

function internalPool(subnet: string): string {
  if (loopbackRange("internal") !== undefined) return INTERNAL_POOL;
  return `addresses-${subnet.replace(/[^A-Za-z0-9]+/g, "-")}`;
}

/** Starts at a place that depends on the owner and takes the first free address after it. */
function claimIn(store: RecordStore, pool: string, range: Cidr, owner: string): string | undefined {
  // The first two addresses (network, gateway) and the last two (reserved, broadcast) are never handed out.
  const usable = sizeOf(range.prefix) - 4;
  const start = number(pool, owner) % usable;
  for (let probe = 0; probe < Math.min(usable, MAXIMUM_PROBES); probe++) {
    const address = formatIpv4(range.base + 2 + ((start + probe) % usable));
    if (store.claim(pool, address, owner)) return address;
  }
  return undefined;
}

import type { RecordStore } from "../provider/store";
import { type Cidr, sizeOf, formatIpv4, readCidr } from "../../config/cidr";
import { number } from "../provider/hash";

const POOL = "external-addresses";
/** Ranges for documentation (RFC 5737), then the shared address space (RFC 6598): never anybody's real address. */
const EXTERNAL = ["203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "100.64.0.0/10"];
/** How many addresses of a range are tried before the next: enough for any range to be found full, or not. */
const MAXIMUM_PROBES = 4096;

/**
 * An external address for `owner`, unique among all owners in the store until it is released, and the same each time
 * the same owner asks while it is free.
 */
export function claimExternalAddress(store: RecordStore, owner: string): string {
  for (const range of EXTERNAL) {
    const address = claimIn(store, POOL, readCidr(range)!, owner);
    if (address !== undefined) return address;
  }
  throw new Error(`no external address is left for ${owner} in ${EXTERNAL.join(", ")}`);
}

/** An address for `owner` inside a subnet, unique in that subnet. */
export function claimInternalAddress(store: RecordStore, subnet: string, range: Cidr, owner: string): string {
  const address = claimIn(store, internalPool(subnet), range, owner);
  if (address === undefined) throw new Error(`no address is left for ${owner} in ${subnet}`);
  return address;
}

/** Gives back what `owner` had claimed; other addresses are left alone. */
export function releaseAddress(store: RecordStore, subnet: string, address: string, owner: string): void {
  store.release(subnet === "" ? POOL : internalPool(subnet), address, owner);
}

function internalPool(subnet: string): string {
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

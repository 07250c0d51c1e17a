/**
 * Servers' ids in HAProxy, from which their places on the hash ring follow. They derive from instances' names, so that all edges
 * of a cluster send an app to the same container VM, and so that a VM that goes and comes back finds its apps again. Pure.
 */
import { createHash } from "node:crypto";

/**
 * HAProxy takes ids up to 2^31 - 1. Its ring hashes id * 4096 + n modulo 2^32, so that ids that agree in their lower 20 bits have
 * the same places: only those are used.
 */
const ID_BITS = 20;
const IDS = 2 ** ID_BITS;

/**
 * An id per name, 1 or more. Where two names would get the same, the one that sorts first keeps it and the other takes the next
 * free one: whoever knows the same names gets the same ids.
 */
export function serverIds(names: Iterable<string>): Map<string, number> {
  const ids = new Map<string, number>();
  const taken = new Set<number>();
  for (const name of [...new Set(names)].sort()) {
    let id = preferredId(name);
    while (taken.has(id)) id = (id % (IDS - 1)) + 1;
    taken.add(id);
    ids.set(name, id);
  }
  return ids;
}

function preferredId(name: string): number {
  return (createHash("sha256").update(name).digest().readUInt32BE() % (IDS - 1)) + 1;
}

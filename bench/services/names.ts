/** Names of the users that benchmarks move. */
import { ZONE } from "../../tests/services/support/api-replica";

/** Users `<prefix><first>` to `<prefix><first + count - 1>`. */
export function labels(prefix: string, first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${first + index}`);
}

/** Names of apps of users, spread over all that there are, so that no cache of a few answers them. */
export function spreadNames(prefix: string, users: number, count: number): string[] {
  // A prime of no meaning: neighbours in the list are far apart in the zone.
  return Array.from({ length: count }, (_, index) => `app.${prefix}${1 + ((index * 1_299_709) % users)}.${ZONE}`);
}

/** Names of listeners and backends, which the runtime API goes by as well. Pure. */

/** What a connection is for. */
export const PURPOSES = ["hosting", "workspace"] as const;
export type Purpose = (typeof PURPOSES)[number];

/** The container VMs. */
export const HOSTS = "hosts";
/** Where a tombstone names a cluster that is none of the siblings. */
export const UNKNOWN_SIBLING = "sibling-unknown";
/** The one server of a sibling's backend: its load balancer. */
export const SIBLING_SERVER = "load-balancer";

export function siblingBackend(purpose: Purpose, sibling: string): string {
  return `sibling-${purpose}-${sibling}`;
}

/** The clusters of a test's environment. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterDocument } from "../../../services/contracts/cluster";

/** Cluster that the zone's wildcard answers. */
export const DEFAULT_CLUSTER = "free";
export const PLANS = ["free", "pro"] as const;

/** A cluster on addresses that are set aside for examples (RFC 5737, RFC 3849); `index` tells clusters apart. */
export function clusterDocument(name: string, index: number, changes: Partial<ClusterDocument> = {}): ClusterDocument {
  return {
    name,
    region: "europe-west1",
    lifecycle: "active",
    plans: [],
    maxUsers: 2_000_000,
    hostingAddress: `192.0.2.${index}`,
    hostingIpv6: `2001:db8::${index}`,
    workspaceAddress: `198.51.100.${index}`,
    natAddress: `203.0.113.${index}`,
    nodeIdentities: { edge: `${name}-edge@nodes.test`, host: `${name}-host@nodes.test` },
    ...changes,
  };
}

/** One cluster per plan, and a reserve. */
export const CLUSTERS: readonly ClusterDocument[] = [
  clusterDocument("free", 1, { plans: ["free"] }),
  clusterDocument("pro", 2, { plans: ["pro"] }),
  clusterDocument("reserve", 3),
];

/** Writes them as the control API reads them. */
export function writeClusters(directory: string, clusters: readonly ClusterDocument[]): void {
  mkdirSync(directory, { recursive: true });
  for (const cluster of clusters) writeFileSync(join(directory, `${cluster.name}.json`), JSON.stringify(cluster));
}

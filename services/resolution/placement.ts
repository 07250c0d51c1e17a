/** Which cluster a new user lives in. Pure. */
import { createHash } from "node:crypto";
import type { Cluster } from "../contracts/resources";

/** What the environment's configuration decides about placement. */
export interface Placement {
  /** Cluster that the zone's wildcard is to answer. What it answers now is in the store: see clusters/zone.ts. */
  readonly defaultCluster: string;
  /** The plans that exist. */
  readonly plans: readonly string[];
}

type Load = Pick<Cluster, "lifecycle" | "users" | "arriving" | "maxUsers">;
export type Candidate = Load & Pick<Cluster, "name" | "plans">;

/** How many more users a cluster takes: none unless it is active. */
export function headroom({ lifecycle, users, arriving, maxUsers }: Load): number {
  return lifecycle === "active" ? Math.max(0, maxUsers - users - arriving) : 0;
}

/**
 * The home of a new user: of the clusters that serve the plan and have room, the one that wins the rendezvous of their hashes
 * with the label, weighted by their caps, so that small and large clusters fill up together. A cluster that is added or grows
 * draws users to itself and moves none between others. Nothing where no cluster fits.
 */
export function place(label: string, plan: string, clusters: readonly Candidate[]): string | undefined {
  let winner: { name: string; score: number } | undefined;
  for (const cluster of clusters) {
    if (headroom(cluster) === 0 || !cluster.plans.includes(plan)) continue;
    const score = scoreOf(label, cluster);
    if (winner === undefined || score > winner.score) winner = { name: cluster.name, score };
  }
  return winner?.name;
}

/** With u uniform in (0, 1), -w / ln u is the largest of its kind with a probability in proportion to w. */
function scoreOf(label: string, { name, maxUsers }: Candidate): number {
  const digest = createHash("sha256").update(`${name}/${label}`).digest();
  const uniform = (digest.readUIntBE(0, 6) + 0.5) / 2 ** 48;
  return -maxUsers / Math.log(uniform);
}

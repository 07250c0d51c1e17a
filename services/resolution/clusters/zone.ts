/** The cluster that the zone's wildcard answers, and what DNS must be told of a user because of it. */
import type { FeedWrite } from "../store/feed-writes";
import type { Queries, Transaction } from "../store/database";

/** The published default cluster; nothing before the first one. */
export async function readDefaultCluster(q: Queries): Promise<string | undefined> {
  return (await q.query<{ name: string }>("select default_cluster as name from zone")).rows[0]?.name;
}

/**
 * The published default cluster, which then stays the same until the transaction ends. Whoever writes a user's home needs it: a
 * change of the default in between would leave DNS without the user's entry. Take it before clusters are locked or counted, and
 * those before the feed is written: one order for everybody, so that nobody waits in a circle.
 */
export async function holdDefaultCluster(tx: Transaction): Promise<string> {
  const { rows } = await tx.query<{ name: string }>("select default_cluster as name from zone for share");
  if (rows[0] === undefined) throw new Error("no default cluster is published yet: clusters must be synced first");
  return rows[0].name;
}

/** Keeps all others from reading the default cluster as {@link holdDefaultCluster} does, because it is about to change. */
export async function lockDefaultCluster(tx: Transaction): Promise<void> {
  // The table, as there may be no row yet.
  await tx.query("lock table zone in exclusive mode");
}

/** What DNS is told of a user's home: nothing of one in the default cluster, whom the wildcard answers for. */
export function dnsEntry(label: string, home: string, defaultCluster: string): FeedWrite {
  return { scope: "dns", key: `user/${label}`, value: home === defaultCluster ? null : { cluster: home } };
}

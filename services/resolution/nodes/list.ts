/** What is known of nodes, for operators. */
import { SILENCE_SECONDS, type NodeKind } from "../../contracts/feed";
import { Problem } from "../../contracts/problems";
import type { Node } from "../../contracts/resources";
import type { Queries, Transaction } from "../store/database";
import { notifyNodes } from "./writes";

/** A node that is connected counts as alive for this long after it was heard of; milliseconds of the service clock. */
export const LEASE_MS = SILENCE_SECONDS * 1000;

interface Row {
  readonly name: string;
  readonly kind: NodeKind;
  readonly cluster: string | null;
  readonly scope: string;
  readonly live: boolean;
  readonly applied_revision: string;
  readonly lag: string;
  readonly seen_at: Date;
}

/** All nodes, by scope and name. */
export async function listNodes(q: Queries): Promise<Node[]> {
  const { rows } = await q.query<Row>(
    `select name, kind, cluster, scope, applied_revision, seen_at,
       connected and seen_ms > elapsed_ms - ${LEASE_MS} as live,
       (select count(*) from feed where feed.scope = nodes.scope and feed.revision > nodes.applied_revision) as lag
     from nodes, service_clock order by scope, name`,
  );
  return rows.map(({ name, kind, cluster, scope, live, applied_revision, lag, seen_at }) => ({
    name,
    kind,
    ...(cluster !== null && { cluster }),
    scope,
    live,
    appliedRevision: Number(applied_revision),
    lag: Number(lag),
    seenAt: seen_at.toISOString(),
  }));
}

/**
 * Forgets a node that will not come back, so that no transfer waits for it. One that does come back registers anew.
 * Throws `unknown-node`.
 */
export async function forgetNode(tx: Transaction, scope: string, name: string): Promise<void> {
  const { rowCount } = await tx.query("delete from nodes where scope = $1 and name = $2", [scope, name]);
  if (rowCount === 0) throw new Problem("unknown-node", `no node "${name}" in scope "${scope}": see the list of nodes`);
  await notifyNodes(tx);
}

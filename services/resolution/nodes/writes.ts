/** Writing what is known of nodes: a batch of reports in a handful of statements. */
import type { Transaction } from "../store/database";
import type { Acknowledged, Batch, Connected, Disconnected, NodeKey } from "./reports";
import { processOf } from "./reports";

/** Channel on which it is told that nodes came, went or applied more of the feed. */
export const NODES_CHANNEL = "nodes";

/**
 * Writes a batch, and gives back the processes ({@link processOf}) whose acknowledgements counted: those that the nodes' names
 * still belong to.
 */
export async function writeBatch(tx: Transaction, batch: Batch): Promise<ReadonlySet<string>> {
  await lock(tx, batch.nodes);
  await writeConnected(tx, batch.connected);
  const { known, progress } = await writeAcknowledged(tx, batch.acknowledged);
  const left = batch.acknowledged.filter((node) => node.leaving && known.has(processOf(node)));
  await removeLeaving(tx, left);
  await writeDisconnected(tx, batch.disconnected);
  if (progress || left.length + batch.connected.length + batch.disconnected.length > 0) await notifyNodes(tx);
  return known;
}

/** Tells whoever waits for nodes, at the commit. */
export async function notifyNodes(tx: Transaction): Promise<void> {
  await tx.query("select pg_notify($1, '')", [NODES_CHANNEL]);
}

/** In one order in all replicas, so that two batches never wait for each other. */
async function lock(tx: Transaction, nodes: readonly NodeKey[]): Promise<void> {
  await tx.query(
    `select from nodes join unnest($1::text[], $2::text[]) as told (scope, name) using (scope, name)
     order by nodes.scope, nodes.name for update of nodes`,
    [nodes.map(({ scope }) => scope), nodes.map(({ name }) => name)],
  );
}

async function writeConnected(tx: Transaction, nodes: readonly Connected[]): Promise<void> {
  if (nodes.length === 0) return;
  await tx.query(
    `insert into nodes as known
       (scope, name, kind, cluster, incarnation, connection, applied_revision, applied_ms, connected, seen_ms)
     select scope, name, kind, cluster, incarnation, connection, 0, elapsed_ms, true, elapsed_ms
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
       as told (scope, name, kind, cluster, incarnation, connection), service_clock
     order by scope, name
     on conflict (scope, name) do update set
       incarnation = excluded.incarnation, connection = excluded.connection, connected = true,
       seen_ms = excluded.seen_ms, seen_at = now(),
       applied_ms = case when known.incarnation = excluded.incarnation then known.applied_ms else excluded.applied_ms end,
       applied_revision = case when known.incarnation = excluded.incarnation then known.applied_revision else 0 end`,
    [
      nodes.map(({ scope }) => scope),
      nodes.map(({ name }) => name),
      nodes.map(({ kind }) => kind),
      nodes.map(({ cluster }) => cluster),
      nodes.map(({ incarnation }) => incarnation),
      nodes.map(({ connection }) => connection),
    ],
  );
}

interface Acknowledging {
  readonly known: ReadonlySet<string>;
  /** Whether any node has applied more than before. */
  readonly progress: boolean;
}

async function writeAcknowledged(tx: Transaction, nodes: readonly Acknowledged[]): Promise<Acknowledging> {
  if (nodes.length === 0) return { known: new Set(), progress: false };
  // Applying what the store does not have is a word about another store: the node was heard of, no more.
  const { rows } = await tx.query<Pick<Acknowledged, "scope" | "name" | "incarnation"> & { progress: boolean }>(
    `with told as (
       select known.scope, known.name, known.applied_revision as before,
         case when told.revision <= feed_head.revision then told.revision else 0 end as revision
       from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as told (scope, name, incarnation, revision)
       join nodes known using (scope, name, incarnation), feed_head
     )
     update nodes set applied_revision = greatest(before, revision), applied_ms = elapsed_ms, seen_ms = elapsed_ms,
       seen_at = now()
     from told, service_clock
     where nodes.scope = told.scope and nodes.name = told.name
     returning nodes.scope, nodes.name, nodes.incarnation, revision > before as progress`,
    [
      nodes.map(({ scope }) => scope),
      nodes.map(({ name }) => name),
      nodes.map(({ incarnation }) => incarnation),
      nodes.map(({ revision }) => revision),
    ],
  );
  return { known: new Set(rows.map(processOf)), progress: rows.some(({ progress }) => progress) };
}

async function removeLeaving(tx: Transaction, nodes: readonly Acknowledged[]): Promise<void> {
  if (nodes.length === 0) return;
  await tx.query(
    "delete from nodes using unnest($1::text[], $2::text[]) as told (scope, name) " +
      "where nodes.scope = told.scope and nodes.name = told.name",
    [nodes.map(({ scope }) => scope), nodes.map(({ name }) => name)],
  );
}

async function writeDisconnected(tx: Transaction, nodes: readonly Disconnected[]): Promise<void> {
  if (nodes.length === 0) return;
  await tx.query(
    `update nodes set connected = false, connection = null
     from unnest($1::text[], $2::text[], $3::text[]) as told (scope, name, connection)
     where nodes.scope = told.scope and nodes.name = told.name and nodes.connection = told.connection`,
    [nodes.map(({ scope }) => scope), nodes.map(({ name }) => name), nodes.map(({ connection }) => connection)],
  );
}

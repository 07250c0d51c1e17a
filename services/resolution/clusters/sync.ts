/** Bringing the store's clusters, the zone's default and the feed in line with the environment's documents. */
import type { ClusterDocument } from "../../contracts/cluster";
import type { EntryKey } from "../../contracts/feed";
import type { Transaction } from "../store/database";
import { allScopes, currentEntries } from "../store/feed-reads";
import { appendFeed } from "../store/feed-writes";
import { changeDefaultCluster } from "./default-cluster";
import { clusterEntries, entryChanges, planSync, type ClusterRow, type StoredCluster } from "./sync-plan";
import { lockDefaultCluster, readDefaultCluster } from "./zone";

/** What a sync changed, by names of clusters; for the log. */
export interface ClusterSync {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Not in the environment any more, but with users or tombstones: kept until they are gone, worth a warning. */
  readonly kept: readonly string[];
  /** The new default cluster, where it changed. */
  readonly defaultCluster?: string;
}

/**
 * Makes the store agree with the documents, and the feed with the store; a sync without news writes nothing. Replicas that
 * sync at once do so one after another. Throws when the default cluster has no document.
 *
 * Followers take the feed's entries in their order, and at no point lack what an answer needs: addresses come before the names
 * that point at them and go after.
 */
export async function syncClusters(
  tx: Transaction,
  documents: readonly ClusterDocument[],
  defaultCluster: string,
): Promise<ClusterSync> {
  if (!documents.some(({ name }) => name === defaultCluster)) {
    const names = documents.map(({ name }) => name).join(", ");
    throw new Error(`default cluster "${defaultCluster}": is none of ${names}; describe it, or name another`);
  }
  await tx.query("select pg_advisory_xact_lock(hashtextextended('clusters', 0))");
  const before = await readDefaultCluster(tx);
  if (before !== defaultCluster) await lockDefaultCluster(tx);
  const { rows, known, ...names } = planSync(await readStored(tx), documents);
  await storeRows(tx, rows);
  const { puts, deletes } = entryChanges(clusterEntries(known), await currentClusterEntries(tx));
  if (puts.length > 0) await appendFeed(tx, puts);
  if (before !== defaultCluster) await changeDefaultCluster(tx, before, defaultCluster);
  if (deletes.length > 0) await appendFeed(tx, deletes);
  return { ...names, ...(before !== defaultCluster && { defaultCluster }) };
}

/** Locked, so that none gains a user between being found empty and being taken out. */
async function readStored(tx: Transaction): Promise<StoredCluster[]> {
  const { rows } = await tx.query<StoredCluster>(
    `select name, document, lifecycle, removed,
            users + arriving > 0 or exists (select from tombstones where holder = name) as "inUse"
     from clusters order by name for no key update`,
  );
  return rows;
}

async function storeRows(tx: Transaction, rows: readonly ClusterRow[]): Promise<void> {
  await tx.query(
    `insert into clusters (name, document, lifecycle, removed)
     select name, document, lifecycle, removed
     from jsonb_to_recordset($1::jsonb) as row (name text, document jsonb, lifecycle text, removed boolean)
     on conflict (name) do update
     set document = excluded.document, lifecycle = excluded.lifecycle, removed = excluded.removed`,
    [JSON.stringify(rows)],
  );
}

async function currentClusterEntries(tx: Transaction) {
  const { rows } = await tx.query<{ name: string }>("select name from clusters");
  const keys = rows.map(({ name }): EntryKey => `cluster/${name}`);
  return await currentEntries(tx, await allScopes(tx), keys);
}

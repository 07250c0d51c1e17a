/** Changing which cluster the zone's wildcard answers, under the feet of millions of users. */
import type { Transaction } from "../store/database";
import { appendFeed, type FeedWrite } from "../store/feed-writes";
import { appendFeedRows } from "../store/feed-bulk";

/** A million users take seconds, not the half minute that other statements may. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * Publishes the first default cluster, or another one; it must have been locked before the feed was written. Users of the old one get entries of their own before the wildcard leaves
 * them, and users of the new one keep theirs until it has come: so every answer on the way is right.
 */
export async function changeDefaultCluster(tx: Transaction, before: string | undefined, after: string): Promise<void> {
  await tx.query("select set_config('statement_timeout', $1, true)", [String(TIMEOUT_MS)]);
  if (before !== undefined) {
    await appendFeedRows(
      tx,
      `select 'dns', 'user/' || label, jsonb_build_object('cluster', home) from users where home = $1 order by label`,
      [before],
      TIMEOUT_MS,
    );
  }
  await tx.query(
    `insert into zone (default_cluster) values ($1)
     on conflict (singleton) do update set default_cluster = excluded.default_cluster`,
    [after],
  );
  const value = { defaultCluster: after };
  await appendFeed(tx, [
    { scope: "dns", key: "zone", value } satisfies FeedWrite,
    { scope: "directory", key: "zone", value },
  ]);
  await appendFeedRows(
    tx,
    `select scope, key, null::jsonb from users join feed on scope = 'dns' and key = 'user/' || label
     where home = $1 and value is not null order by label`,
    [after],
    TIMEOUT_MS,
  );
}

/** Writing the feed: always in the transaction that makes the change which it tells of. */
import type { EntryKey, Scope } from "../../contracts/feed";
import type { Transaction } from "./database";

/** Channel on which the commit of new entries is told; the payload is the revision that the feed then has. */
export const FEED_CHANNEL = "feed";

/** A key's new value; `null` deletes it. */
export interface FeedWrite {
  readonly scope: Scope;
  readonly key: EntryKey;
  readonly value: Readonly<Record<string, unknown>> | null;
}

/**
 * Appends entries in their order, one revision each, and returns the revision of the last. The head's lock is held from here to
 * the commit, by one transaction at a time: do other work first. Of several writes to one key the last counts.
 */
export async function appendFeed(tx: Transaction, writes: readonly FeedWrite[]): Promise<number> {
  const last = [...new Map(writes.map((write) => [`${write.scope} ${write.key}`, write])).values()];
  const { rows } = await tx.query<{ revision: string }>(
    "update feed_head set revision = revision + $1 returning revision",
    [last.length],
  );
  const head = Number(rows[0]?.revision);
  if (last.length === 0) return head;
  await tx.query(
    `insert into feed (scope, key, revision, value)
     select scope, key, $1::bigint + position, nullif(value, 'null')
     from unnest($2::text[], $3::text[], $4::jsonb[]) with ordinality as entry (scope, key, value, position)
     on conflict (scope, key) do update set revision = excluded.revision, value = excluded.value`,
    [
      head - last.length,
      last.map(({ scope }) => scope),
      last.map(({ key }) => key),
      last.map(({ value }) => JSON.stringify(value)),
    ],
  );
  await tx.query("select pg_notify($1, $2)", [FEED_CHANNEL, String(head)]);
  return head;
}

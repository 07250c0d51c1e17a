/** Writing very many feed entries in one statement, from what is in the store. */
import type { Transaction } from "./database";
import { FEED_CHANNEL } from "./feed-writes";

/**
 * Appends what `select` yields, in its order: scope, key and value, where null deletes; no key twice. Otherwise as appendFeed,
 * without a row passing through this process. Fails after `timeoutMs`, or sooner where the transaction says so.
 */
export async function appendFeedRows(
  tx: Transaction,
  select: string,
  values: readonly unknown[],
  timeoutMs: number,
): Promise<number> {
  // First, so that the statement sees everything that was committed before its revisions.
  await tx.query("select from feed_head for update");
  const text = `
    with entry as materialized (
      select *, row_number() over () as position from (${select}) as chosen (scope, key, value)
    ), head as (
      update feed_head set revision = revision + (select count(*) from entry) returning revision
    ), written as (
      insert into feed (scope, key, revision, value)
      select scope, key, revision - (select count(*) from entry) + position, value from entry, head
      on conflict (scope, key) do update set revision = excluded.revision, value = excluded.value
    )
    select revision, pg_notify('${FEED_CHANNEL}', revision::text) from head`;
  // The pool's own limit is for ordinary statements; the field is missing in the driver's types.
  const query = { text, values: [...values], query_timeout: timeoutMs };
  const { rows } = await tx.query<{ revision: string }>(query);
  return Number(rows[0]?.revision);
}

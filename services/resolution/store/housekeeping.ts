/** Removing from the store what nobody needs any more, a little at a time. */
import type { Pool } from "pg";
import { transaction, type Transaction } from "./database";
import { appendFeed, type FeedWrite } from "./feed-writes";

export interface HousekeepingSettings {
  /** Rows that one transaction removes of a kind; 1,000 by default, which takes milliseconds. */
  readonly batch?: number;
  /** Milliseconds between rounds; ten minutes by default. */
  readonly intervalMs?: number;
  /** Told of a round that failed; the next one tries again. */
  readonly onError?: (error: unknown) => void;
}

/** What one round or one batch removed. */
export interface Removed {
  readonly deletions: number;
  readonly departures: number;
  readonly idempotencyKeys: number;
}

const DAY_MS = 86_400_000;
const BATCH = 1_000;
const INTERVAL_MS = 600_000;
/** Most batches of a round, so that one that cannot keep up does not run for ever. */
const MAX_BATCHES = 1_000;

/** One batch: at most `batch` rows of each kind, each kind in a transaction of its own. */
export async function tidy(pool: Pool, batch = BATCH): Promise<Removed> {
  return {
    deletions: await alone(pool, (tx) => pruneDeletions(tx, batch)),
    departures: await alone(pool, (tx) => forgetDepartures(tx, batch)),
    idempotencyKeys: await alone(pool, (tx) => pruneIdempotencyKeys(tx, batch)),
  };
}

/** Nothing while another replica is at it. */
async function alone(pool: Pool, work: (tx: Transaction) => Promise<number>): Promise<number> {
  return await transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ alone: boolean }>(
      "select pg_try_advisory_xact_lock(hashtextextended('housekeeping', 0)) as alone",
    );
    return rows[0]?.alone === true ? await work(tx) : 0;
  });
}

/** Batches until one is not full. */
export async function tidyAll(pool: Pool, batch = BATCH, signal?: AbortSignal): Promise<Removed> {
  const sum = { deletions: 0, departures: 0, idempotencyKeys: 0 };
  for (let round = 0; round < MAX_BATCHES && signal?.aborted !== true; round++) {
    const removed = await tidy(pool, batch);
    sum.deletions += removed.deletions;
    sum.departures += removed.departures;
    sum.idempotencyKeys += removed.idempotencyKeys;
    if (Math.max(removed.deletions, removed.departures, removed.idempotencyKeys) < batch) break;
  }
  return sum;
}

/** Tidies now and at intervals. The returned function ends it and resolves when no transaction is open any more. */
export function startHousekeeping(pool: Pool, settings: HousekeepingSettings = {}): () => Promise<void> {
  const { batch = BATCH, intervalMs = INTERVAL_MS, onError = () => undefined } = settings;
  const stopping = new AbortController();
  let round = Promise.resolve();
  let busy = false;
  const run = () => {
    if (busy) return;
    busy = true;
    round = tidyAll(pool, batch, stopping.signal)
      .then(() => undefined, onError)
      .finally(() => (busy = false));
  };
  const timer = setInterval(run, intervalMs).unref();
  run();
  return async () => {
    clearInterval(timer);
    stopping.abort();
    await round;
  };
}

/**
 * Deletions that were written a day of the service clock ago. The clock stands still while the service does, and so do its
 * followers: none is made to start anew by an outage alone.
 */
async function pruneDeletions(tx: Transaction, batch: number): Promise<number> {
  const horizon = await markFeed(tx);
  const { rows } = await tx.query<{ count: number }>(
    `with old as (
       select scope, key from feed where value is null and revision <= $1
       order by revision limit $2 for update skip locked
     ), gone as (
       delete from feed using old where feed.scope = old.scope and feed.key = old.key returning feed.scope, revision
     ), told as (
       insert into feed_pruned (scope, revision) select scope, max(revision) from gone group by scope
       on conflict (scope) do update set revision = greatest(feed_pruned.revision, excluded.revision)
     )
     select count(*)::integer as count from gone`,
    [horizon, batch],
  );
  return rows[0]?.count ?? 0;
}

/** Notes where the feed stands, and returns the revision that it had a day ago. */
async function markFeed(tx: Transaction): Promise<string> {
  await tx.query(
    `insert into feed_marks (revision, elapsed_ms) select revision, elapsed_ms from feed_head, service_clock
     on conflict do nothing`,
  );
  const { rows } = await tx.query<{ revision: string }>(
    `select coalesce(max(revision), 0) as revision from feed_marks, service_clock
     where feed_marks.elapsed_ms <= service_clock.elapsed_ms - $1::bigint`,
    [DAY_MS],
  );
  const horizon = rows[0]?.revision ?? "0";
  await tx.query("delete from feed_marks where revision < $1", [horizon]);
  return horizon;
}

async function pruneIdempotencyKeys(tx: Transaction, batch: number): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from idempotency_keys where (actor, key) in (
       select actor, key from idempotency_keys where created_at < now() - $1 * interval '1 millisecond'
       order by created_at limit $2 for update skip locked
     )`,
    [DAY_MS, batch],
  );
  return rowCount ?? 0;
}

/** What hosts were told of users who were deleted since, once every host has stopped their containers. */
async function forgetDepartures(tx: Transaction, batch: number): Promise<number> {
  const { rows } = await tx.query<Pick<FeedWrite, "scope" | "key">>(
    `select scope, key from clusters join feed on scope = 'host:' || name
     where value is not null
       and not exists (select from users where label = substr(key, length('user/') + 1))
       and not exists (select from nodes where nodes.scope = feed.scope and applied_revision < feed.revision)
     limit $1`,
    [batch],
  );
  if (rows.length > 0)
    await appendFeed(
      tx,
      rows.map(({ scope, key }) => ({ scope, key, value: null })),
    );
  return rows.length;
}

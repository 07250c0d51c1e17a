/** Removing from the store what nobody needs any more, a little at a time. */
import type { Pool } from "pg";
import type { EntryKey, Scope } from "../../contracts/feed";
import { FINAL_PHASES } from "../../contracts/transfers";
import { transaction, type Transaction } from "./database";
import { deletions } from "./feed-reads";
import { appendFeed } from "./feed-writes";

export interface HousekeepingSettings {
  /** Rows that one transaction removes of a kind; 1,000 by default, which takes milliseconds. */
  readonly batch?: number;
  /** Milliseconds between rounds; ten minutes by default. */
  readonly intervalMs?: number;
  /** Told of a round that failed; the next one tries again. */
  readonly onError?: (error: unknown) => void;
}

/** What one round or one batch removed. */
export type Removed = Readonly<Record<keyof typeof KINDS, number>>;

const DAY_MS = 86_400_000;
const BATCH = 1_000;
const INTERVAL_MS = 600_000;
/** Long enough to ask what became of whom; an evacuation's transfers are a row per user. */
const TRANSFER_DAYS = 90;
/** A year, and time to look at it. */
const AUDIT_DAYS = 400;
/** Most batches of a round, so that one that cannot keep up does not run for ever. */
const MAX_BATCHES = 1_000;

/** What is removed, and how a batch of it is. Evacuations come after their transfers. */
const KINDS = {
  deletions: pruneDeletions,
  departures: forgetDepartures,
  idempotencyKeys: pruneIdempotencyKeys,
  transfers: pruneTransfers,
  evacuations: pruneEvacuations,
  audit: pruneAudit,
} as const;

/** One batch: at most `batch` rows of each kind, each kind in a transaction of its own. */
export async function tidy(pool: Pool, batch = BATCH): Promise<Removed> {
  const removed: [string, number][] = [];
  for (const [kind, remove] of Object.entries(KINDS))
    removed.push([kind, await alone(pool, (tx) => remove(tx, batch))]);
  return Object.fromEntries(removed) as Removed;
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

/** Batches until none is full. */
export async function tidyAll(pool: Pool, batch = BATCH, signal?: AbortSignal): Promise<Removed> {
  let sum = await tidy(pool, batch);
  let last = sum;
  for (let round = 1; round < MAX_BATCHES && signal?.aborted !== true; round++) {
    if (Math.max(...Object.values(last)) < batch) break;
    last = await tidy(pool, batch);
    sum = added(sum, last);
  }
  return sum;
}

function added(a: Removed, b: Removed): Removed {
  return Object.fromEntries(
    Object.entries(a).map(([kind, count]) => [kind, count + b[kind as keyof Removed]]),
  ) as Removed;
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

interface Departure {
  readonly scope: Scope;
  readonly key: EntryKey;
}

/** What hosts were told of users who were deleted since, once every host has stopped their containers. */
const DEPARTURES = `
  select scope, key from clusters join feed on scope = 'host:' || name
  where value is not null
    and not exists (select from users where label = substr(key, length('user/') + 1))
    and not exists (select from nodes where nodes.scope = feed.scope and applied_revision < feed.revision)`;

async function forgetDepartures(tx: Transaction, batch: number): Promise<number> {
  const { rows: found } = await tx.query<Departure>(`${DEPARTURES} limit $1`, [batch]);
  if (found.length === 0) return 0;
  // Since then somebody may have taken a name, and hosts been told of them. With the head held nothing is told any more.
  await tx.query("select from feed_head for update");
  const { rows } = await tx.query<Departure>(
    `${DEPARTURES} and (scope, key) in (select * from unnest($1::text[], $2::text[]))`,
    [found.map(({ scope }) => scope), found.map(({ key }) => key)],
  );
  if (rows.length > 0) await appendFeed(tx, deletions(rows));
  return rows.length;
}

/** Transfers that ended long ago. Nothing refers to them but their evacuation. */
async function pruneTransfers(tx: Transaction, batch: number): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from transfers where id in (
       select id from transfers where requested_at < now() - $1 * interval '1 day'
         and updated_at < now() - $1 * interval '1 day' and phase = any($3)
         and not exists (select from tombstones where transfer = transfers.id)
       order by requested_at limit $2 for update skip locked
     )`,
    [TRANSFER_DAYS, batch, FINAL_PHASES],
  );
  return rowCount ?? 0;
}

async function pruneEvacuations(tx: Transaction, batch: number): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from evacuations where id in (
       select id from evacuations where ended_at < now() - $1 * interval '1 day'
         and not exists (select from transfers where evacuation = evacuations.id)
       order by ended_at limit $2 for update skip locked
     )`,
    [TRANSFER_DAYS, batch],
  );
  return rowCount ?? 0;
}

/** Only the oldest rows are looked at: they are in the order of time, and there is no index but that of their numbers. */
async function pruneAudit(tx: Transaction, batch: number): Promise<number> {
  const { rowCount } = await tx.query(
    `delete from audit where id in (
       select id from (select id, at from audit order by id limit $2) oldest where at < now() - $1 * interval '1 day'
     )`,
    [AUDIT_DAYS, batch],
  );
  return rowCount ?? 0;
}

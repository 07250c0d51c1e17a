/** Writes the steps of a batch: one statement per table, the feed last but one, because its lock is everybody's. */
import type { Phase } from "../../contracts/transfers";
import type { Transaction } from "../store/database";
import { appendFeed } from "../store/feed-writes";
import type { CountChange, Step, TransferState } from "./facts";

export interface TakenStep {
  readonly transfer: TransferState;
  readonly step: Step;
}

/** Throws, and so undoes everything, unless all of the transfers are in `phase` still. */
export async function writeSteps(
  tx: Transaction,
  phase: Phase,
  steps: readonly TakenStep[],
  nowMs: number,
): Promise<void> {
  await removeTombstones(tx, steps);
  await pointTombstones(tx, steps);
  await adoptTombstones(tx, steps);
  await supersede(tx, steps, nowMs);
  await moveHomes(tx, steps);
  await count(
    tx,
    steps.flatMap(({ step }) => step.counts ?? []),
  );
  const writes = steps.flatMap(({ step }) => step.feed);
  if (writes.length > 0) await appendFeed(tx, writes);
  await enterPhases(tx, phase, steps, nowMs);
}

async function removeTombstones(tx: Transaction, steps: readonly TakenStep[]): Promise<void> {
  const removed = steps.flatMap(({ transfer, step }) =>
    (step.tombstones?.remove ?? []).map((holder) => ({ user: transfer.user, holder })),
  );
  if (removed.length === 0) return;
  await tx.query(
    `delete from tombstones using unnest($1::text[], $2::text[]) removed (label, cluster)
     where user_label = removed.label and holder = removed.cluster`,
    [removed.map(({ user }) => user), removed.map(({ holder }) => holder)],
  );
}

async function pointTombstones(tx: Transaction, steps: readonly TakenStep[]): Promise<void> {
  const pointed = steps.flatMap(({ transfer: { id, user }, step: { tombstones } }) =>
    (tombstones?.point?.holders ?? []).map((holder) => [user, holder, tombstones?.point?.destination, id]),
  );
  if (pointed.length === 0) return;
  await tx.query(
    `insert into tombstones (user_label, holder, destination, transfer)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::uuid[])
     on conflict (user_label, holder) do update set destination = excluded.destination`,
    [0, 1, 2, 3].map((column) => pointed.map((row) => row[column])),
  );
}

async function adoptTombstones(tx: Transaction, steps: readonly TakenStep[]): Promise<void> {
  const adopting = steps.filter(({ step }) => step.tombstones?.adopt);
  if (adopting.length === 0) return;
  await tx.query(
    `update tombstones set transfer = adopting.id from unnest($1::text[], $2::uuid[]) adopting (label, id)
     where user_label = adopting.label`,
    [adopting.map(({ transfer }) => transfer.user), adopting.map(({ transfer }) => transfer.id)],
  );
}

async function supersede(tx: Transaction, steps: readonly TakenStep[], nowMs: number): Promise<void> {
  const superseded = steps.flatMap(({ step }) => step.supersedes ?? []);
  if (superseded.length === 0) return;
  await tx.query(
    `update transfers set phase = 'superseded', phase_since_ms = $2, updated_at = now()
     where id = any($1) and phase = 'settling'`,
    [superseded, nowMs],
  );
}

async function moveHomes(tx: Transaction, steps: readonly TakenStep[]): Promise<void> {
  const moved = steps.filter(({ step }) => step.home !== undefined);
  if (moved.length === 0) return;
  await tx.query(
    `update users set home = moved.cluster from unnest($1::text[], $2::text[]) moved (name, cluster)
     where label = moved.name`,
    [moved.map(({ transfer }) => transfer.user), moved.map(({ step }) => step.home)],
  );
}

async function count(tx: Transaction, changes: readonly CountChange[]): Promise<void> {
  const sums = new Map<string, CountChange>();
  for (const { cluster, users, arriving } of changes) {
    const sum = sums.get(cluster) ?? { cluster, users: 0, arriving: 0 };
    sums.set(cluster, { cluster, users: sum.users + users, arriving: sum.arriving + arriving });
  }
  if (sums.size === 0) return;
  const changed = [...sums.values()];
  const names = changed.map(({ cluster }) => cluster);
  // In one order, so that no two transactions wait for each other.
  await tx.query("select from clusters where name = any($1) order by name for no key update", [names]);
  await tx.query(
    `update clusters c set users = c.users + changed.users, arriving = c.arriving + changed.arriving
     from unnest($1::text[], $2::integer[], $3::integer[]) changed (cluster, users, arriving)
     where c.name = changed.cluster`,
    [names, changed.map(({ users }) => users), changed.map(({ arriving }) => arriving)],
  );
}

/**
 * What a step awaits of a scope is its last revision: that of this batch's own entry where it has any, else what the scope's nodes
 * must have to know the present state. Only of their own scope, since nodes acknowledge what they were sent.
 */
const ENTER_PHASES = `
  with entered as materialized (
    select * from jsonb_to_recordset($3) as entered (
      id uuid, phase text, awaits jsonb, "publishedMs" bigint, outcome text, skipped jsonb)
  ), last as materialized (
    select scope, (select revision from feed where feed.scope = awaited.scope order by revision desc limit 1) as revision
    from (select distinct jsonb_array_elements_text(awaits) as scope from entered) awaited
  )
  update transfers t set
    phase = entered.phase,
    phase_since_ms = case when entered.phase = t.phase then t.phase_since_ms else $2 end,
    barriers = case when entered.awaits is null then t.barriers else (
      select coalesce(jsonb_object_agg(last.scope, coalesce(last.revision, 0)), '{}') from last
      where entered.awaits ? last.scope) end,
    published_ms = coalesce(entered."publishedMs", t.published_ms),
    outcome = coalesce(entered.outcome, t.outcome),
    skipped = t.skipped || entered.skipped,
    updated_at = now()
  from entered
  where t.id = entered.id and t.phase = $1`;

async function enterPhases(tx: Transaction, phase: Phase, steps: readonly TakenStep[], nowMs: number): Promise<void> {
  const entered = steps.map(({ transfer, step }) => ({
    id: transfer.id,
    phase: step.phase,
    ...(step.awaits !== undefined && { awaits: step.awaits }),
    publishedMs: step.publishedMs ?? null,
    outcome: step.outcome ?? null,
    skipped: step.skipped ?? [],
  }));
  const { rowCount } = await tx.query(ENTER_PHASES, [phase, nowMs, JSON.stringify(entered)]);
  if (rowCount !== steps.length) {
    throw new Error(`${steps.length} transfers were ${phase} when they were read, and ${rowCount ?? 0} still are`);
  }
}

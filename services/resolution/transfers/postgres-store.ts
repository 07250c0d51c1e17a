/** The driver's store in PostgreSQL, on the one connection that holds the driver's lock. */
import { RUNNING_PHASES, type Phase } from "../../contracts/transfers";
import { LEASE_MS } from "../nodes/list";
import { sqlState, type Queries, type Transaction } from "../store/database";
import type { Facts, Step, Surroundings } from "./facts";
import { leastSettlingMs, mostSettlingMs } from "./machine";
import { loadFacts } from "./postgres-facts";
import { writeSteps } from "./postgres-steps";
import { BY_URGENCY, StepsRefused, type DueTransfer, type OpenEvacuation, type TransferStore } from "./store";
import { BATCH_SIZE, CLOCK_STEP_MS, WAITING_PHASES, type TransferTimings } from "./timings";

/** Batches that are due at once at most, so that a transfer that is asked for now waits for no more of an evacuation's. */
const DUE_BATCHES = 4;
/**
 * Advances the service clock. The first one commits without waiting for the disk, which would take longer than all else that a look
 * at what is due takes: what depends on the clock is written later and so lasts no sooner than it does, and of a crash of PostgreSQL it
 * comes back less than a second slow.
 */
const ADVANCE_CLOCK = {
  alone: `update service_clock set elapsed_ms = elapsed_ms + $1
    where set_config('synchronous_commit', 'off', true) is not null returning elapsed_ms as now`,
  withSteps: "update service_clock set elapsed_ms = elapsed_ms + $1 returning elapsed_ms as now",
} as const;
/** Classes of SQL states: data exception, and integrity constraint violation. They mean what is written, not the moment. */
const REFUSED_STATE = /^2[23]/;
const OPEN_STATES = ["running", "paused", "aborting"];
const UNDERWAY_PHASES = RUNNING_PHASES.filter((phase) => phase !== "requested");

/**
 * All nodes that count have applied what the phase waits for: in an emergency, before the point of no return, the live ones.
 * Scopes without nodes are missing in `progress` and hold nobody up.
 */
const ACKNOWLEDGED = `not exists (
  select from jsonb_each(t.barriers) barrier
  where barrier.value > case when t.mode = 'emergency' and t.phase in ('accepting', 'forwarding', 'stopping')
    then progress.live else progress.registered end -> barrier.key)`;

const DUE = `
  with progress as (
    select coalesce(jsonb_object_agg(scope, registered), '{}') as registered,
           coalesce(jsonb_object_agg(scope, live) filter (where live is not null), '{}') as live,
           coalesce(array_agg(scope) filter (where silent), '{}') as silent
    from (select scope, min(applied_revision) as registered,
                 min(applied_revision) filter (where connected and seen_ms > $1) as live,
                 bool_or(not connected or seen_ms <= $1) as silent
          from nodes group by scope) scopes
  ), due as (
    select t.* from transfers t where t.phase = 'requested' and (t.evacuation is null or t.outcome is not null)
    union all
    select t.* from transfers t, progress
    where t.phase = any($2) and (
      t.phase_since_ms <= ($3::jsonb ->> t.phase)::bigint
      or t.phase = 'accepting' and t.outcome is not null
      or ${ACKNOWLEDGED} and (t.phase <> 'accepting' or case t.mode
        when 'emergency' then progress.live ? ('edge:' || t.destination)
        else not t.barriers ?| progress.silent end))
    union all
    select t.* from transfers t, progress where t.phase = 'settling' and t.published_ms is null and ${ACKNOWLEDGED}
    union all
    select t.* from transfers t
    where t.phase = 'settling' and t.published_ms <= $4
      and (t.published_ms <= $5 or not exists (
        select from tombstones where user_label = t.user_label and last_request_ms > $6))
      and not exists (select from transfers r where r.user_label = t.user_label and r.phase = any($7))
  )
  select id, phase from due where id <> all($8)
  order by phase = 'settling', evacuation is not null, array_position($9::text[], phase), phase_since_ms, user_label
  limit $10`;

export class PostgresTransferStore implements TransferStore {
  private advancedAt: number;

  /** `monotonicMs` never goes back; where it starts does not matter. What passed before now is not counted. */
  constructor(
    private readonly client: Queries,
    private readonly timings: TransferTimings,
    private readonly monotonicMs: () => number = () => performance.now(),
  ) {
    this.advancedAt = monotonicMs();
  }

  async advanceClock(): Promise<number> {
    return await this.addToClock("alone");
  }

  private async addToClock(how: keyof typeof ADVANCE_CLOCK): Promise<number> {
    const nowMs = this.monotonicMs();
    const passed = Math.min(CLOCK_STEP_MS, Math.floor(nowMs - this.advancedAt));
    // What is less than a millisecond counts the next time.
    this.advancedAt = passed === CLOCK_STEP_MS ? nowMs : this.advancedAt + passed;
    const { rows } = await this.client.query<{ now: string }>(ADVANCE_CLOCK[how], [passed]);
    return Number(rows[0]?.now);
  }

  async due(nowMs: number, except: readonly string[]): Promise<DueTransfer[]> {
    const { phaseSeconds, quietSeconds } = this.timings;
    const deadlines = WAITING_PHASES.map((phase) => [phase, nowMs - phaseSeconds[phase] * 1000]);
    const { rows } = await this.client.query<DueTransfer>(DUE, [
      nowMs - LEASE_MS,
      WAITING_PHASES,
      JSON.stringify(Object.fromEntries(deadlines)),
      nowMs - leastSettlingMs(this.timings),
      nowMs - mostSettlingMs(this.timings),
      nowMs - quietSeconds * 1000,
      RUNNING_PHASES,
      except,
      BY_URGENCY,
      DUE_BATCHES * BATCH_SIZE,
    ]);
    return rows;
  }

  async advance(
    phase: Phase,
    ids: readonly string[],
    decide: (facts: Facts, surroundings: Surroundings) => Step | undefined,
  ): Promise<number> {
    return await this.transaction(async (tx) => {
      const { facts, surroundingsAt } = await loadFacts(tx, phase, ids);
      if (facts.length === 0) return 0;
      // After the acknowledgements were read: what is decided because of them happened before this.
      const nowMs = await this.addToClock("withSteps");
      const surroundings = await surroundingsAt(nowMs);
      const steps = facts.flatMap((known) => {
        const step = decide(known, surroundings);
        return step === undefined ? [] : [{ transfer: known.transfer, step }];
      });
      if (steps.length > 0) await writeSteps(tx, phase, steps, nowMs);
      return steps.length;
    }).catch((error: unknown) => {
      throw REFUSED_STATE.test(sqlState(error)) ? new StepsRefused("the store refuses steps", { cause: error }) : error;
    });
  }

  async openEvacuations(): Promise<OpenEvacuation[]> {
    const { rows } = await this.client.query<OpenEvacuation>(
      `select e.id, e.state = 'running' as running, e.rate, e.concurrency,
              (select count(*)::integer from transfers where evacuation = e.id and phase = any($1)) as underway,
              exists (select from transfers where evacuation = e.id and phase = 'requested') as queued
       from evacuations e where e.state = any($2) order by e.requested_at`,
      [UNDERWAY_PHASES, OPEN_STATES],
    );
    return rows;
  }

  async queued(evacuation: string, limit: number, except: readonly string[]): Promise<string[]> {
    // In no order: to sort what waits would cost more than to start it.
    const { rows } = await this.client.query<{ id: string }>(
      `select id from transfers where evacuation = $1 and phase = 'requested' and outcome is null and id <> all($3)
       limit $2`,
      [evacuation, limit, except],
    );
    return rows.map(({ id }) => id);
  }

  async endEvacuation(evacuation: string): Promise<void> {
    await this.client.query(
      `update evacuations set state = case state when 'aborting' then 'aborted' else 'done' end, ended_at = now()
       where id = $1 and state = any($2)
         and not exists (select from transfers where evacuation = $1 and phase = any($3))`,
      [evacuation, OPEN_STATES, RUNNING_PHASES],
    );
  }

  /** A connection that fails in it is given up by the driver: so nothing is rolled back here but what was refused. */
  private async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    await this.client.query("begin");
    try {
      const result = await work(Object.assign(this.client, { inTransaction: true as const }));
      await this.client.query("commit");
      return result;
    } catch (error) {
      await this.client.query("rollback").catch(() => undefined);
      throw error;
    }
  }
}

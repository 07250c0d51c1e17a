/** The bench on a real store. */
import type { Pool, PoolClient } from "pg";
import type { Scope } from "../../../../../services/contracts/feed";
import { Problem } from "../../../../../services/contracts/problems";
import type { Mode } from "../../../../../services/contracts/transfers";
import { setLifecycle } from "../../../../../services/resolution/clusters";
import { forgetNode } from "../../../../../services/resolution/nodes/list";
import { noteRequests } from "../../../../../services/resolution/nodes/requests";
import {
  cancelTransfer,
  mayRun,
  requestTransfer,
  setEvacuationState,
  startEvacuation,
  type EvacuationCommand,
} from "../../../../../services/resolution/transfers";
import { PostgresTransferStore } from "../../../../../services/resolution/transfers/postgres-store";
import type { TransferStore } from "../../../../../services/resolution/transfers/store";
import type { TransferTimings } from "../../../../../services/resolution/transfers/timings";
import { createUser } from "../../../../../services/resolution/users";
import { clusterDocument } from "../../../support/clusters";
import { commit, haveClusters } from "../../store-fixture";
import { CLUSTERS, DOMAIN, EVACUATION, USERS, type Bench, type Snapshot } from "./bench";

/** On a migrated database, which is emptied first. */
export async function postgresBench(pool: Pool, timings: TransferTimings): Promise<Bench> {
  await pool.query("truncate clusters, users, evacuations, transfers, tombstones, nodes, feed, zone cascade");
  await pool.query("update service_clock set elapsed_ms = 0");
  await haveClusters(
    pool,
    CLUSTERS.map((name, index) => clusterDocument(name, index + 1, { plans: [name] })),
  );
  // From here on as in memory: with the entries that concern users only.
  await pool.query("delete from feed");
  await pool.query("update feed_head set revision = 0");
  for (const user of USERS) await commit(pool, (tx) => createUser(tx, PLACEMENT, { label: user, plan: "a" }));
  await pool.query(
    "insert into domains (name, user_label, host, token, verified_at) values ($1, 'u0', $2, '', now())",
    Object.values(DOMAIN),
  );
  const client = await pool.connect();
  return new PostgresBench(pool, client, timings);
}

const PLACEMENT = { defaultCluster: "a", plans: [...CLUSTERS] };

class PostgresBench implements Bench {
  constructor(
    private readonly pool: Pool,
    private readonly client: PoolClient,
    private readonly timings: TransferTimings,
  ) {}

  session(monotonicMs: () => number): TransferStore {
    return new PostgresTransferStore(this.client, this.timings, monotonicMs);
  }

  async request(user: string, destination: string, mode: Mode): Promise<void> {
    await commit(this.pool, (tx) => requestTransfer(tx, { user, destination, mode, reason: "" }, "ops")).catch(ignore);
  }

  async cancel(user: string): Promise<void> {
    const { rows } = await this.pool.query<{ id: string }>(
      "select id from transfers where user_label = $1 order by requested_at desc limit 1",
      [user],
    );
    const [last] = rows;
    if (last !== undefined) await commit(this.pool, (tx) => cancelTransfer(tx, last.id)).catch(ignore);
  }

  async evacuate(source: string, destination: string, concurrency: number): Promise<void> {
    const input = { ...EVACUATION, source, destinations: [destination], concurrency, dryRun: false };
    await commit(this.pool, (tx) => startEvacuation(tx, input, "ops")).catch(ignore);
  }

  async tellEvacuations(command: EvacuationCommand): Promise<void> {
    const { rows } = await this.pool.query<{ id: string }>("select id from evacuations order by requested_at");
    for (const { id } of rows) await commit(this.pool, (tx) => setEvacuationState(tx, id, command)).catch(ignore);
  }

  async visit(user: string, holder: string): Promise<void> {
    await commit(this.pool, (tx) => noteRequests(tx, [{ user, holder }]));
  }

  async setActive(cluster: string, active: boolean): Promise<void> {
    await commit(this.pool, (tx) => setLifecycle(tx, cluster, active ? "active" : "draining"));
  }

  async mayRun(user: string, cluster: string): Promise<boolean> {
    return await mayRun(this.pool, user, cluster);
  }

  async forgetNode(scope: Scope, name: string): Promise<void> {
    await commit(this.pool, (tx) => forgetNode(tx, scope, name)).catch(ignore);
  }

  async node(scope: Scope, name: string, appliedRevision: number, connected: boolean): Promise<void> {
    await this.pool.query(
      `insert into nodes as known (scope, name, kind, incarnation, applied_revision, connected, seen_ms)
       select $1, $2, split_part($1, ':', 1), '', $3, $4, elapsed_ms from service_clock
       on conflict (scope, name) do update set connected = $4, seen_ms = excluded.seen_ms,
         applied_revision = greatest(known.applied_revision, $3)`,
      [scope, name, appliedRevision, connected],
    );
  }

  async head(): Promise<number> {
    const { rows } = await this.pool.query<{ revision: string }>("select revision from feed_head");
    return Number(rows[0]?.revision);
  }

  async snapshot(): Promise<Snapshot> {
    const one = async <T>(text: string) => (await this.pool.query<{ value: T }>(text)).rows[0]?.value as T;
    return {
      clockMs: Number(await one("select elapsed_ms as value from service_clock")),
      counts: await one("select jsonb_object_agg(name, jsonb_build_array(users, arriving)) as value from clusters"),
      homes: await one("select jsonb_object_agg(label, home) as value from users"),
      transfers: await one(
        `select coalesce(jsonb_agg(jsonb_build_object('user', user_label, 'source', source, 'destination', destination,
             'phase', phase, 'barriers', barriers, 'phaseSinceMs', phase_since_ms, 'publishedMs', published_ms,
             'outcome', outcome, 'skipped', skipped) order by user_label, requested_at), '[]') as value from transfers`,
      ),
      tombstones: await one(
        `select coalesce(jsonb_object_agg(s.user_label || ' ' || holder, jsonb_build_array(s.destination, position)), '{}') as value
         from tombstones s join (
           select id, row_number() over (order by user_label, requested_at) - 1 as position from transfers
         ) t on t.id = s.transfer`,
      ),
      feed: await one(
        "select jsonb_object_agg(scope || ' ' || key, jsonb_build_array(revision, value)) as value from feed",
      ),
      evacuations: await one("select coalesce(jsonb_agg(state order by requested_at), '[]') as value from evacuations"),
    };
  }

  close(): Promise<void> {
    this.client.release();
    return Promise.resolve();
  }
}

function ignore(error: unknown): void {
  // What PostgreSQL's rules refuse is ignored in memory.
  if (!(error instanceof Problem)) throw error;
}

/** One way to set up and look at a store for tests that hold for both: the one in memory and the one in PostgreSQL. */
import type { Pool, PoolClient } from "pg";
import type { Scope } from "../../../../services/contracts/feed";
import type { Mode, Phase } from "../../../../services/contracts/transfers";
import type { EvacuationCommand } from "../../../../services/resolution/transfers";
import {
  cancelTransfer,
  requestTransfer,
  setEvacuationState,
  startEvacuation,
} from "../../../../services/resolution/transfers";
import { PostgresTransferStore } from "../../../../services/resolution/transfers/postgres-store";
import type { TransferStore } from "../../../../services/resolution/transfers/store";
import type { TransferTimings } from "../../../../services/resolution/transfers/timings";
import { createUser } from "../../../../services/resolution/users";
import { clusterDocument } from "../../support/clusters";
import { commit, haveClusters } from "../store-fixture";
import { MemoryTransferStore } from "./model/memory-store";
import { Tables } from "./model/tables";

/** What tests compare: no ids, which differ. */
export interface Snapshot {
  readonly clockMs: number;
  readonly counts: Record<string, readonly [users: number, arriving: number]>;
  readonly homes: Record<string, string>;
  /** By user, then in the order in which they were asked for. */
  readonly transfers: readonly TransferSnapshot[];
  /** `<user> <holder>` to destination, and position of the transfer in the list. */
  readonly tombstones: Record<string, readonly [destination: string, transfer: number]>;
  /** `<scope> <key>` to revision and value. */
  readonly feed: Record<string, readonly [revision: number, value: unknown]>;
  readonly evacuations: readonly string[];
}

interface TransferSnapshot {
  readonly user: string;
  readonly source: string;
  readonly destination: string;
  readonly phase: Phase;
  readonly barriers: unknown;
  readonly phaseSinceMs: number;
  readonly publishedMs: number | null;
  readonly outcome: string | null;
  readonly skipped: unknown;
}

/** A store with clusters `a`, `b` and `c`, of which `a` is the default one, and users `u0`, `u1` and `u2` there. */
export interface Bench {
  /** A session of the driver's. Time passes for it as `monotonicMs` says. */
  session(monotonicMs: () => number): TransferStore;
  request(user: string, destination: string, mode: Mode): Promise<void>;
  cancel(user: string): Promise<void>;
  evacuate(source: string, destination: string, concurrency: number): Promise<void>;
  tellEvacuations(command: EvacuationCommand): Promise<void>;
  /** A node that has applied the feed up to a revision. */
  node(scope: Scope, name: string, appliedRevision: number, connected: boolean): Promise<void>;
  head(): Promise<number>;
  snapshot(): Promise<Snapshot>;
  close(): Promise<void>;
}

export const CLUSTERS = ["a", "b", "c"] as const;
export const USERS = ["u0", "u1", "u2"] as const;
const EVACUATION = { mode: "planned", rate: 1000, reason: "" } as const;

/** On tables in memory. */
export function memoryBench(): Promise<Bench> {
  const tables = new Tables("a");
  for (const cluster of CLUSTERS) tables.clusters.set(cluster, { active: true, users: 0, arriving: 0 });
  for (const user of USERS) tables.createUser(user, "a");
  return Promise.resolve({
    session: (monotonicMs) => new MemoryTransferStore(tables, monotonicMs),
    request: (user, destination, mode) => Promise.resolve(tables.request(user, destination, mode)),
    cancel: (user) => Promise.resolve(tables.cancel(user)),
    evacuate: (source, destination, concurrency) =>
      Promise.resolve(tables.evacuate(source, destination, EVACUATION.mode, EVACUATION.rate, concurrency)),
    tellEvacuations: (command) => {
      const state = ({ pause: "paused", resume: "running", abort: "aborting" } as const)[command];
      for (const id of tables.evacuations.keys()) tables.setEvacuation(id, state);
      return Promise.resolve();
    },
    node: (scope, name, appliedRevision, connected) => {
      tables.connect(scope, name, "", appliedRevision);
      if (!connected) tables.disconnect(name);
      return Promise.resolve();
    },
    head: () => Promise.resolve(tables.revision),
    snapshot: () => Promise.resolve(snapshotOf(tables)),
    close: () => Promise.resolve(),
  });
}

function snapshotOf(tables: Tables): Snapshot {
  const transfers = [...tables.transfers.values()].sort((a, b) => a.user.localeCompare(b.user));
  const feed = [...tables.feed].flatMap(([scope, entries]) =>
    [...entries.values()].map(({ key, revision, value }) => [`${scope} ${key}`, [revision, value]] as const),
  );
  return {
    clockMs: tables.clockMs,
    counts: Object.fromEntries([...tables.clusters].map(([name, row]) => [name, [row.users, row.arriving]])),
    homes: Object.fromEntries(tables.homes),
    transfers: transfers.map((row) => ({
      user: row.user,
      source: row.source,
      destination: row.destination,
      phase: row.phase,
      barriers: row.barriers,
      phaseSinceMs: row.phaseSinceMs,
      publishedMs: row.publishedMs ?? null,
      outcome: row.outcome ?? null,
      skipped: row.skipped,
    })),
    tombstones: Object.fromEntries(
      [...tables.tombstones.values()].map(({ user, holder, destination, transfer }) => [
        `${user} ${holder}`,
        [destination, transfers.findIndex(({ id }) => id === transfer)],
      ]),
    ),
    feed: Object.fromEntries(feed),
    evacuations: [...tables.evacuations.values()].map(({ state }) => state),
  };
}

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
    // In memory a refused request is ignored as well.
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
    await commit(this.pool, (tx) => startEvacuation(tx, input, "ops"));
  }

  async tellEvacuations(command: EvacuationCommand): Promise<void> {
    const { rows } = await this.pool.query<{ id: string }>("select id from evacuations order by requested_at");
    for (const { id } of rows) await commit(this.pool, (tx) => setEvacuationState(tx, id, command)).catch(ignore);
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

function ignore(): void {
  // See where it is used.
}

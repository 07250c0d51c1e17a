/** A migrated database per test, on a PostgreSQL of the test file's own, and what tests read from it. */
import type { Pool } from "pg";
import type { ClusterDocument } from "../../../services/contracts/cluster";
import type { FeedEntry } from "../../../services/contracts/feed";
import { syncClusters } from "../../../services/resolution/clusters";
import { openPool, transaction, type Transaction } from "../../../services/resolution/store/database";
import { migrate } from "../../../services/resolution/store/migrate";
import { TestPostgres } from "../../support/postgres";

export interface StoreFixture {
  /** The running test's pool. */
  readonly pool: Pool;
  /** Another empty database, gone with the test. */
  emptyDatabase(): Promise<Pool>;
}

/** Registers the hooks. */
export function useStore({ migrated = true } = {}): StoreFixture {
  let postgres: TestPostgres;
  let pools: Pool[] = [];
  beforeAll(async () => {
    postgres = await TestPostgres.start();
  }, 60_000);
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    pools = [];
    const pool = await emptyDatabase();
    if (migrated) await migrate(pool);
  });
  afterEach(() => Promise.all(pools.map((pool) => pool.end())));
  async function emptyDatabase(): Promise<Pool> {
    const pool = openPool({ ...(await postgres.createDatabase()), max: 20 });
    pools.push(pool);
    return pool;
  }
  return {
    get pool() {
      const [pool] = pools;
      if (pool === undefined) throw new Error("no test is running");
      return pool;
    },
    emptyDatabase,
  };
}

/** Runs in a transaction of its own. */
export function commit<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return transaction(pool, work);
}

/** Makes the store have these clusters; the first is the default one. */
export async function haveClusters(pool: Pool, documents: readonly ClusterDocument[]): Promise<void> {
  await commit(pool, (tx) => syncClusters(tx, documents, documents[0]?.name ?? ""));
}

/** Entries of a scope after a revision, deletions included, in order. */
export async function feedOf(pool: Pool, scope: string, after = 0): Promise<Pick<FeedEntry, "key" | "value">[]> {
  const { rows } = await pool.query<Pick<FeedEntry, "key" | "value">>(
    "select key, value from feed where scope = $1 and revision > $2 order by revision",
    [scope, after],
  );
  return rows;
}

/** Value per key of a scope: the state that a follower has. */
export async function stateOf(pool: Pool, scope: string): Promise<Record<string, unknown>> {
  const entries = (await feedOf(pool, scope)).filter(({ value }) => value !== null);
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

export async function headOf(pool: Pool): Promise<number> {
  return Number((await pool.query<{ revision: string }>("select revision from feed_head")).rows[0]?.revision);
}

/** One value of the first row. */
export async function scalar(pool: Pool, query: string, values: unknown[] = []): Promise<unknown> {
  const { rows } = await pool.query<Record<string, unknown>>(query, values);
  return Object.values(rows[0] ?? {})[0];
}

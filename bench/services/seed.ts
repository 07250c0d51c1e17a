/** Filling the store with users, as many as it takes, before the control API starts. */
import type { ClusterDocument } from "../../services/contracts/cluster";
import { syncClusters } from "../../services/resolution/clusters";
import { openPool, transaction, type Transaction } from "../../services/resolution/store/database";
import { migrate } from "../../services/resolution/store/migrate";
import type { PostgresAddress } from "../../tests/support/postgres";

/** Users of one cluster, called `<prefix>1` to `<prefix><count>`. */
export interface SeededUsers {
  readonly prefix: string;
  readonly count: number;
  readonly plan: string;
  readonly home: string;
}

/** A million users take longer than any statement of the service. */
const PATIENCE_MS = 10 * 60_000;

/** Creates schema, clusters and users. Those whose home is not the default cluster are in DNS, as after a transfer. */
export async function seed(
  database: PostgresAddress,
  clusters: readonly ClusterDocument[],
  defaultCluster: string,
  groups: readonly SeededUsers[],
): Promise<void> {
  const pool = openPool({ ...database, statement_timeout: PATIENCE_MS, query_timeout: PATIENCE_MS });
  try {
    await migrate(pool);
    await transaction(pool, async (tx) => {
      await syncClusters(tx, clusters, defaultCluster);
      for (const group of groups.filter(({ count }) => count > 0)) await seedGroup(tx, group, defaultCluster);
    });
    await pool.query("analyze");
  } finally {
    await pool.end();
  }
}

async function seedGroup(tx: Transaction, group: SeededUsers, defaultCluster: string): Promise<void> {
  const { prefix, count, plan, home } = group;
  await tx.query(
    "insert into users (label, plan, home) select $1 || number, $3, $4 from generate_series(1, $2::integer) number",
    [prefix, count, plan, home],
  );
  await tx.query("update clusters set users = users + $2 where name = $1", [home, count]);
  await seedFeed(tx, "directory", group, { home });
  if (home !== defaultCluster) await seedFeed(tx, "dns", group, { cluster: home });
}

/** What `appendFeed` would write, made by PostgreSQL itself. */
async function seedFeed(tx: Transaction, scope: "directory" | "dns", group: SeededUsers, value: object): Promise<void> {
  const { rows } = await tx.query<{ head: string }>(
    "update feed_head set revision = revision + $1 returning revision - $1 as head",
    [group.count],
  );
  await tx.query(
    `insert into feed (scope, key, revision, value)
     select $1, 'user/' || $2 || number, $3::bigint + number, $4::jsonb from generate_series(1, $5::integer) number`,
    [scope, group.prefix, rows[0]?.head, JSON.stringify(value), group.count],
  );
}

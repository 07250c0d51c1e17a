/** Bringing a database's schema up to what this program needs. Forward only: there is no way back but a backup. */
import type { Pool } from "pg";
import { sqlState, transaction, type Queries } from "./database";
import { MIGRATIONS_FOLDER, pendingMigrations, readMigrations, type AppliedMigration } from "./migrations";

/** Longest that a migration may take, and that another replica waits for it: an index over millions of users. */
const TIMEOUT_MS = 10 * 60_000;
const UNDEFINED_TABLE = "42P01";

const BOOKKEEPING = `
  create table if not exists migrations (
    id integer primary key,
    name text not null,
    compatibility text not null check (compatibility in ('compatible', 'breaking')),
    applied_at timestamptz not null default now()
  )`;

/**
 * Applies what is missing, all of it or, when something fails, nothing. Any number of replicas may do this at once: one
 * works, the others wait and find it done. Throws when the schema is from a newer program that this one cannot run beside.
 */
export async function migrate(pool: Pool, folder = MIGRATIONS_FOLDER): Promise<void> {
  const known = readMigrations(folder);
  await transaction(pool, async (tx) => {
    await tx.query(`set local statement_timeout = ${TIMEOUT_MS}`);
    await tx.query(patient("select pg_advisory_xact_lock(hashtextextended('migrations', 0))"));
    await tx.query(BOOKKEEPING);
    for (const { id, name, compatibility, sql } of pendingMigrations(known, await appliedMigrations(tx))) {
      await tx.query(patient(sql)).catch((error: unknown) => {
        throw new Error(`migration ${name}: ${(error as Error).message}`, { cause: error });
      });
      await tx.query("insert into migrations (id, name, compatibility) values ($1, $2, $3)", [id, name, compatibility]);
    }
  });
}

/**
 * Throws when the schema has been migrated past what this program can run on, which may happen while it runs; for readiness
 * checks. A schema that lacks migrations is no error here.
 */
export async function checkSchema(q: Queries, folder = MIGRATIONS_FOLDER): Promise<void> {
  const applied = await appliedMigrations(q).catch((error: unknown) => {
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  });
  pendingMigrations(readMigrations(folder), applied);
}

async function appliedMigrations(q: Queries): Promise<AppliedMigration[]> {
  return (await q.query<AppliedMigration>("select id, name, compatibility from migrations order by id")).rows;
}

/** A statement that may take longer than the pool lets others. */
function patient(text: string): { text: string; query_timeout: number } {
  return { text, query_timeout: TIMEOUT_MS };
}

/** Connections to PostgreSQL: a bounded pool, and transactions that are repeated where PostgreSQL asks for it. */
import { setTimeout as delay } from "node:timers/promises";
import { types } from "node:util";
import { Pool, type PoolClient, type PoolConfig } from "pg";
import { Problem } from "../../contracts/problems";

/** What runs queries, inside a transaction or outside. */
export type Queries = Pick<PoolClient, "query">;
/** A transaction under way. */
export type Transaction = Queries & { readonly inTransaction: true };

/** Longest that a caller waits for a connection, and a statement for its end. */
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
/** Serialization failure and deadlock: nothing is wrong but the moment. */
const REPEATABLE = new Set(["40001", "40P01"]);
/** Seconds that callers are asked to stay away for while PostgreSQL is: about the time of a failover step. */
const RETRY_AFTER_SECONDS = 5;

/** A pool. Connections that break while idle are replaced, not reported: the next query tells. */
export function openPool(config: PoolConfig): Pool {
  const pool = new Pool({
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    application_name: "resolution",
    ...config,
  });
  pool.on("error", () => undefined);
  // The pool itself listens only while a connection is idle: one that breaks in between would end the process.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/**
 * Runs `work` in a transaction: committed when it returns, rolled back when it throws, and run again, a bounded number of
 * times, where PostgreSQL asks for that. So `work` must do nothing that cannot be done twice outside the store. Throws
 * `store-unavailable` when PostgreSQL cannot be reached.
 */
export async function transaction<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, work);
    } catch (error) {
      if (!REPEATABLE.has(sqlState(error)) || attempt === ATTEMPTS) throw asProblem(error);
      await delay(2 ** attempt * 5 * Math.random());
    }
  }
}

async function once<T>(pool: Pool, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that breaks while it is idle within the transaction says so here and nowhere else.
  const onError = (error: Error) => (broken = error);
  client.on("error", onError);
  try {
    await client.query("begin");
    const result = await work(Object.assign(client, { inTransaction: true as const }));
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => (broken = failure));
    throw error;
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}

/** PostgreSQL's code of an error; empty for any other. */
export function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** Any error, with "the store cannot be reached" as the problem that it is. */
export function asProblem(error: unknown): unknown {
  if (!isUnavailable(error)) return error;
  const message = "the store cannot be reached: nothing was changed that was not answered; try again";
  return Object.assign(new Problem("store-unavailable", message, RETRY_AFTER_SECONDS), { cause: error });
}

/** Classes 08 (connection), 53 (resources), 57 (operator intervention: shutdown, cancel), XX, and read-only after a failover. */
const UNAVAILABLE_STATE = /^(08|53|57|XX|25006)/;
const UNAVAILABLE_CODE = /^E(CONN|PIPE|HOST|NET|TIMEDOUT|NOTFOUND|AI_)|^ENOENT$/;
const UNAVAILABLE_MESSAGE = /timeout|Connection terminated|not queryable|Client has encountered a connection error/;

function isUnavailable(error: unknown): boolean {
  if (!types.isNativeError(error) || error instanceof Problem) return false;
  const state = sqlState(error);
  const isSql = /^[0-9A-Z]{5}$/.test(state) && "severity" in error;
  if (isSql) return UNAVAILABLE_STATE.test(state);
  return UNAVAILABLE_CODE.test(state) || UNAVAILABLE_MESSAGE.test(error.message);
}

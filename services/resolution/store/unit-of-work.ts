/** Writes on a caller's behalf: each is one transaction that changes, audits and remembers its answer, or does nothing. */
import type { Pool } from "pg";
import { Problem } from "../../contracts/problems";
import { transaction, type Transaction } from "./database";

/** Who asks for what. */
export interface WriteRequest {
  /** Email of the caller. Idempotency keys are the caller's own: two callers may use the same. */
  readonly actor: string;
  readonly requestId: string;
  /** What is done, such as `user.create`, and to what; for the audit. */
  readonly action: string;
  readonly target: string;
  readonly detail?: Readonly<Record<string, unknown>>;
  /** With it, a request that is sent again is answered as before and does nothing. Good for a day. */
  readonly idempotencyKey?: string | undefined;
  /** Hash of what the request asks for, to notice a key that is used for another one. */
  readonly fingerprint: string;
  /** Status to answer success with. */
  readonly status: number;
}

export interface WriteResult<T> {
  readonly status: number;
  readonly body: T | undefined;
  /** Whether this is the answer to an earlier request with the same key. */
  readonly replayed: boolean;
  /** Last revision of the scope `directory`: a directory that has it shows this write. */
  readonly revision: number;
}

/**
 * Runs `work` in a transaction of its own, see {@link transaction}. Its result must be a JSON value or nothing. A refusal is
 * not remembered: the same key may be tried again. Throws `idempotency-key-reused`, and whatever `work` throws.
 */
export async function write<T>(
  pool: Pool,
  request: WriteRequest,
  work: (tx: Transaction) => Promise<T>,
): Promise<WriteResult<T>> {
  return await transaction(pool, async (tx) => {
    const earlier = await claimKey<T>(tx, request);
    if (earlier !== undefined) return { ...earlier, replayed: true, revision: await directoryRevision(tx) };
    const body = await work(tx);
    await audit(tx, request);
    await storeAnswer(tx, request, body);
    return { status: request.status, body, replayed: false, revision: await directoryRevision(tx) };
  });
}

interface Answer<T> {
  readonly status: number;
  readonly body: T | undefined;
}

/** Takes the key for this request; the answer of the request that took it before, where one did. */
async function claimKey<T>(tx: Transaction, request: WriteRequest): Promise<Answer<T> | undefined> {
  const { actor, idempotencyKey: key, fingerprint, status } = request;
  if (key === undefined) return undefined;
  // Waits for a transaction that has just claimed the same key, and sees what became of it.
  const claimed = await tx.query(
    "insert into idempotency_keys (actor, key, fingerprint, status) values ($1, $2, $3, $4) on conflict do nothing",
    [actor, key, fingerprint, status],
  );
  if (claimed.rowCount === 1) return undefined;
  const { rows } = await tx.query<{ fingerprint: string; status: number; body: T | null }>(
    "select fingerprint, status, body from idempotency_keys where actor = $1 and key = $2",
    [actor, key],
  );
  const [earlier] = rows;
  if (earlier?.fingerprint !== fingerprint) {
    const message = `idempotency key "${key}" was used for another request: send this one with a key of its own`;
    throw new Problem("idempotency-key-reused", message);
  }
  return { status: earlier.status, body: earlier.body ?? undefined };
}

async function storeAnswer(
  tx: Transaction,
  { actor, idempotencyKey: key }: WriteRequest,
  body: unknown,
): Promise<void> {
  if (key === undefined || body === undefined) return;
  const values = [actor, key, JSON.stringify(body)];
  await tx.query("update idempotency_keys set body = $3 where actor = $1 and key = $2", values);
}

async function audit(tx: Transaction, { actor, action, target, requestId, detail }: WriteRequest): Promise<void> {
  await tx.query("insert into audit (actor, action, target, request_id, detail) values ($1, $2, $3, $4, $5)", [
    actor,
    action,
    target,
    requestId,
    JSON.stringify(detail ?? {}),
  ]);
}

async function directoryRevision(tx: Transaction): Promise<number> {
  const { rows } = await tx.query<{ revision: string | null }>(
    "select max(revision) as revision from feed where scope = 'directory'",
  );
  return Number(rows[0]?.revision ?? 0);
}

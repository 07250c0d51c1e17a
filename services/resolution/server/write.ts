/** Operations that change something: one transaction each, audited, repeatable under an idempotency key, readable at once. */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Pool } from "pg";
import type { z } from "zod";
import type { ProblemType } from "../../contracts/problems";
import type { Transaction } from "../store/database";
import { write } from "../store/unit-of-work";
import { addOperation, statusOf, type Declaration, type Input, type None, type OperationContext } from "./operation";
import type { Body, SchemaName } from "./schemas";

/** What writes need beside. */
export interface WriteContext extends OperationContext {
  readonly pool: Pool;
  /** Waits until what is read from memory shows a revision; resolves after the timeout as well. */
  readonly readable: (revision: number, timeoutMs: number) => Promise<unknown>;
}

/** What a write does, and what the audit says of it. */
export interface WriteWork<P extends z.ZodObject, B extends SchemaName, A extends SchemaName, Prepared> {
  /** What is found out before the transaction begins. */
  readonly prepare?: (request: FastifyRequest<Input<P, None, B>>) => Promise<Prepared>;
  /** What is written to, such as `user/jane`. */
  readonly target: (request: FastifyRequest<Input<P, None, B>>) => string;
  /** What was asked for. Default: the body. */
  readonly detail?: (request: FastifyRequest<Input<P, None, B>>) => Record<string, unknown>;
  /** Runs in a transaction, and again where PostgreSQL asks for it. */
  readonly work: (
    tx: Transaction,
    request: FastifyRequest<Input<P, None, B>>,
    prepared: Prepared,
  ) => Promise<Body<A> | undefined> | Promise<void>;
}

const IDEMPOTENCY_KEY = "idempotency-key";
const REPLAYED = "idempotency-replayed";
/** How any write may be refused, beside what any operation is. */
const WRITE_PROBLEMS: readonly ProblemType[] = ["idempotency-key-reused"];
/** How long an answer waits for this replica's memory to show the change; another replica's may lag as long anyway. */
const READABLE_WITHIN_MS = 1_000;

const requestHeaders = {
  [IDEMPOTENCY_KEY]: {
    type: "string",
    pattern: "^[!-~]{1,255}$",
    description:
      "Names the request. Sent again with the same key, it does nothing and gets the same answer, for at least a day.",
  },
};

/** Adds an operation that writes. */
export function addWrite<
  P extends z.ZodObject = None,
  B extends SchemaName = SchemaName,
  A extends SchemaName = SchemaName,
  Prepared = undefined,
>(
  app: FastifyInstance,
  context: WriteContext,
  declaration: Omit<Declaration<P>, "query" | "rateClass"> & { readonly body?: B; readonly answer?: A },
  work: WriteWork<P, B, A, Prepared>,
): void {
  const full = {
    ...declaration,
    rateClass: "write" as const,
    requestHeaders,
    answerHeaders: { [REPLAYED]: "`true` when this is the answer to an earlier request with the same key" },
    problems: [...WRITE_PROBLEMS, ...(declaration.problems ?? [])],
  };
  addOperation<P, None, B>(app, context, full, async (request, reply) => {
    const { status, body, replayed, revision } = await runWrite(context, full, work, request);
    await context.readable(revision, READABLE_WITHIN_MS);
    if (replayed) reply.header(REPLAYED, "true");
    reply.code(status);
    return body;
  });
}

async function runWrite<P extends z.ZodObject, B extends SchemaName, A extends SchemaName, Prepared>(
  { pool }: WriteContext,
  declaration: Pick<Declaration, "id" | "status" | "answer">,
  { prepare, target, detail, work }: WriteWork<P, B, A, Prepared>,
  request: FastifyRequest<Input<P, None, B>>,
) {
  const key = request.headers[IDEMPOTENCY_KEY];
  const prepared = (await prepare?.(request)) as Prepared;
  return await write(
    pool,
    {
      actor: request.caller.email,
      requestId: request.id,
      action: declaration.id,
      target: target(request),
      detail: detail?.(request) ?? { ...(request.body as object | undefined) },
      idempotencyKey: typeof key === "string" ? key : undefined,
      fingerprint: fingerprintOf(request),
      status: statusOf(declaration),
    },
    (tx) => work(tx, request, prepared) as Promise<Body<A> | undefined>,
  );
}

/** What a request asks for: two with the same fingerprint ask for the same. */
function fingerprintOf({ method, url, body }: FastifyRequest<Input<z.ZodObject, None, SchemaName>>): string {
  return createHash("sha256")
    .update(JSON.stringify([method, url, body ?? null]))
    .digest("hex");
}

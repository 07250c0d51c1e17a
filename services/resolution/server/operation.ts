/**
 * Operations of the API: each is declared once, with its path, roles, parameters, bodies and problems. Routing, validation,
 * authorization, limits, metrics and the OpenAPI document follow from the declaration.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import type { z } from "zod";
import { Problem, PROBLEM_MEDIA_TYPE, PROBLEM_STATUS, type ProblemType } from "../../contracts/problems";
import type { Identity, Role } from "../identity";
import { requireRole, requireStarted } from "./access";
import { inTime } from "./deadline";
import type { RateClass, RateLimiters } from "./rate-limits";
import { parameterSchema, referenceTo, type Body, type SchemaName } from "./schemas";
import { refuseUnstorable } from "./text";

/** What every operation is built upon. */
export interface OperationContext {
  readonly identity: Pick<Identity, "authenticate">;
  /** Whether there is anything to answer from: who the callers are, and where users live. */
  readonly isStarted: () => boolean;
  readonly limiters: RateLimiters;
  /** Told of every answer. */
  readonly observe: (operation: string, status: number, seconds: number) => void;
  /** Milliseconds that the store has for an answer. */
  readonly answerWithinMs: number;
}

/** No parameters. */
export type None = z.ZodObject<Record<never, never>>;

/** What an operation takes, validated and with its defaults filled in. */
export interface Input<P extends z.ZodObject, Q extends z.ZodObject, B extends SchemaName> {
  Params: z.output<P>;
  Querystring: z.output<Q>;
  Body: Body<B>;
}

/** What is told of an operation. */
export interface Declaration<P extends z.ZodObject = z.ZodObject, Q extends z.ZodObject = z.ZodObject> {
  /** Name in the OpenAPI document, the audit and the metrics. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path in Fastify's notation. */
  readonly path: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  readonly description?: string;
  /** Callers with one of these may use it. */
  readonly roles: readonly Role[];
  readonly params?: P;
  readonly query?: Q;
  readonly body?: SchemaName;
  /** Body of success; none is an empty answer. */
  readonly answer?: SchemaName;
  /** Media type of the answer. Default: JSON. */
  readonly mediaType?: string;
  /** Of success. Default: 200, or 204 without body. */
  readonly status?: number;
  /** Answers that are neither success nor refusal, and have no body: status and meaning. */
  readonly otherAnswers?: Readonly<Record<number, string>>;
  /** Headers of success by name, with their meaning. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
  /** Optional headers of the request. */
  readonly requestHeaders?: Readonly<Record<string, object>>;
  /** How it may be refused, beside what any operation is refused for. */
  readonly problems?: readonly ProblemType[];
  readonly rateClass: RateClass;
  /** Whether the answer may take as long as it takes. Default: it is given up when its time is up, see deadline.ts. */
  readonly unhurried?: boolean;
  /** Most bytes of a body. Default: 64 KiB. */
  readonly bodyLimit?: number;
}

/** How any operation may be refused. */
const COMMON_PROBLEMS: readonly ProblemType[] = [
  "invalid-request",
  "unauthenticated",
  "forbidden",
  "rate-limited",
  "internal",
  "issuer-unavailable",
  "store-unavailable",
];
const BODY_PROBLEMS: readonly ProblemType[] = ["body-too-large", "unsupported-media-type"];
const BODY_LIMIT_BYTES = 64 * 1024;

/** Adds an operation to the server. */
export function addOperation<
  P extends z.ZodObject = None,
  Q extends z.ZodObject = None,
  B extends SchemaName = SchemaName,
>(
  app: FastifyInstance,
  context: OperationContext,
  declaration: Declaration<P, Q> & { readonly body?: B },
  handle: (request: FastifyRequest<Input<P, Q, B>>, reply: FastifyReply) => unknown,
): void {
  const { id, method, path, roles, rateClass, bodyLimit = BODY_LIMIT_BYTES, unhurried = false } = declaration;
  const numbers = numbersOf(declaration.query);
  app.route<Input<P, Q, B>>({
    method,
    url: path,
    bodyLimit,
    schema: schemaOf(declaration),
    onRequest: [requireStarted(context.isStarted), requireRole(context.identity, roles), context.limiters[rateClass]],
    preValidation: (request, _reply, done) => {
      readNumbers(request.query as Record<string, unknown>, numbers);
      done();
    },
    preHandler: (request, _reply, done) => {
      if (declaration.body === undefined && request.body !== undefined) throw unwantedBody(id);
      refuseUnstorable(request.params, "a path parameter");
      refuseUnstorable(request.query, "a query parameter");
      refuseUnstorable(request.body, "the body");
      done();
    },
    onResponse: (_request, reply, done) => {
      context.observe(id, reply.statusCode, reply.elapsedTime / 1000);
      done();
    },
    handler: (request, reply) => {
      const answer = handle(request, reply);
      return unhurried || !(answer instanceof Promise) ? answer : inTime(answer, context.answerWithinMs);
    },
  });
}

function unwantedBody(id: string): Problem {
  return new Problem("invalid-request", `${id} takes no body: leave it out`);
}

/** What requests and answers of an operation are held to, and what the OpenAPI document says of it. */
export function schemaOf(declaration: Declaration): FastifySchema {
  const { id, summary, description, roles, params, query, body, requestHeaders } = declaration;
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    tags: [declaration.path.split("/")[2] ?? ""],
    "x-roles": roles,
    ...(params && { params: parameterSchema(params) }),
    ...(query && { querystring: parameterSchema(query) }),
    ...(body && { body: { $ref: referenceTo(body) } }),
    ...(requestHeaders && { headers: { type: "object", properties: requestHeaders } }),
    response: { ...successOf(declaration), ...othersOf(declaration), ...refusalsOf(declaration) },
  } as FastifySchema;
}

function successOf(declaration: Declaration): Record<number, object> {
  const { answer, summary, mediaType = "application/json", answerHeaders } = declaration;
  const headers = Object.entries(answerHeaders ?? {}).map(([name, description]) => [
    name,
    { type: "string", description },
  ]);
  return {
    [statusOf(declaration)]: {
      description: summary,
      ...(headers.length > 0 && { headers: Object.fromEntries(headers) as object }),
      ...(answer ? { content: { [mediaType]: { schema: { $ref: referenceTo(answer) } } } } : { type: "null" }),
    },
  };
}

function othersOf({ otherAnswers = {} }: Declaration): Record<string, object> {
  return Object.fromEntries(
    Object.entries(otherAnswers).map(([status, description]) => [status, { description, type: "null" }]),
  );
}

/** The status of success. */
export function statusOf({ status, answer }: Pick<Declaration, "status" | "answer">): number {
  return status ?? (answer === undefined ? 204 : 200);
}

function refusalsOf({ method, problems = [] }: Declaration): Record<number, object> {
  const byStatus = new Map<number, ProblemType[]>();
  for (const type of [...COMMON_PROBLEMS, ...(method === "GET" ? [] : BODY_PROBLEMS), ...problems]) {
    const status = PROBLEM_STATUS[type];
    byStatus.set(status, [...(byStatus.get(status) ?? []), type]);
  }
  const content = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: referenceTo("Problem") } } };
  return Object.fromEntries(
    [...byStatus].map(([status, types]) => [status, { description: types.join(", "), content }]),
  );
}

/** Query parameters are text; those that the schema has as numbers are read as such, and left alone where they are none. */
function readNumbers(query: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) {
    const value = query[name];
    if (typeof value === "string" && /^\d{1,15}$/.test(value)) query[name] = Number(value);
  }
}

function numbersOf(query: z.ZodObject | undefined): string[] {
  const properties = query ? (parameterSchema(query).properties ?? {}) : {};
  return Object.keys(properties).filter((name) => (properties[name] as { type?: string }).type === "integer");
}

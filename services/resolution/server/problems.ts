/** Every refusal as problem+json (RFC 9457), whatever it was refused by. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { Problem, PROBLEM_MEDIA_TYPE, problemUri } from "../../contracts/problems";
import type { ProblemBody } from "../../contracts/resources";
import { asProblem, sqlState } from "../store/database";

/** Carries the request's id, on every answer. */
export const REQUEST_ID_HEADER = "x-request-id";

/** PostgreSQL's objections to dates, times and texts that no schema told from sound ones. */
const UNSTORABLE_STATE = /^22(007|008|009|021|P02|P05)$/;

/** The problem that an error stands for; `internal` for what nobody foresaw. */
export function problemOf(error: unknown): Problem {
  const known = asProblem(error);
  if (known instanceof Problem) return known;
  const { code, statusCode = 500, message, validation, validationContext } = error as Partial<FastifyError>;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new Problem("body-too-large", "the body is larger than this route takes: split the request");
  }
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new Problem("unsupported-media-type", "send the body as content-type: application/json");
  }
  if (UNSTORABLE_STATE.test(sqlState(error))) {
    return new Problem(
      "invalid-request",
      "a value in the request is none that the store can hold: check cursors and times",
    );
  }
  if (validation) return new Problem("invalid-request", validationMessage(validation, validationContext));
  if (statusCode < 500) return new Problem("invalid-request", message ?? "the request is malformed");
  return new Problem(
    "internal",
    "the service failed in a way that nobody foresaw: its log tells, under this request's id",
  );
}

/** What the validator tells beside its message, by the kind of mistake. */
interface ValidationParams {
  readonly additionalProperty?: string;
  readonly missingProperty?: string;
  readonly allowedValues?: readonly string[];
}

function validationMessage(
  issues: NonNullable<FastifyError["validation"]>,
  context: FastifyError["validationContext"],
): string {
  const where = { querystring: "query parameter", params: "path parameter", headers: "header", body: "body" };
  return issues
    .map(({ instancePath, message, params }) => {
      const key = instancePath.slice(1).replaceAll("/", ".");
      const { additionalProperty, missingProperty, allowedValues } = params as ValidationParams;
      const extra = additionalProperty ?? missingProperty ?? allowedValues?.join(", ");
      const named = key === "" ? "" : ` "${key}"`;
      const detail = extra === undefined ? "" : ` (${extra})`;
      return `${where[context ?? "body"]}${named} ${message ?? "is wrong"}${detail}`;
    })
    .join("; ");
}

/** Answers with a problem. */
export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { type, status, retryAfterSeconds } = problem;
  if (retryAfterSeconds !== undefined) reply.header("retry-after", String(retryAfterSeconds));
  if (type === "unauthenticated") reply.header("www-authenticate", "Bearer");
  // Requests that no route can be found for come here before any hook has run.
  reply.header(REQUEST_ID_HEADER, request.id);
  return reply.code(status).header("content-type", PROBLEM_MEDIA_TYPE).send(problemBodyOf(problem, request.id));
}

function problemBodyOf({ type, status, message }: Problem, requestId: string): ProblemBody {
  return { type: problemUri(type), title: type.replaceAll("-", " "), status, detail: message, instance: requestId };
}

/** Error handler of the whole server. What nobody foresaw, and what the store did, is in the log with its cause. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (problem.type === "internal") request.log.error({ err: error }, "request failed");
  else if (problem.status >= 500) request.log.warn({ err: problem.cause ?? problem }, "request refused");
  void sendProblem(problem, request, reply);
}

export function handleUnknownRoute(request: FastifyRequest, reply: FastifyReply): void {
  const message = `there is no ${request.method} ${request.url}: see /v1/openapi.json for what there is`;
  void sendProblem(new Problem("unknown-route", message), request, reply);
}

/** What Node objects to before there is a request, by its error's code. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "the request's path and headers are larger than 16 KiB: send less",
  ERR_HTTP_REQUEST_TIMEOUT: "the request did not arrive whole in time: send it faster, or less of it",
};

/** Answers what is not even HTTP. Nothing is known of such a request, so it has no id. */
export function handleClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const message = CLIENT_ERRORS[error.code ?? ""] ?? "the request is not HTTP/1.1";
  const body = JSON.stringify(problemBodyOf(new Problem("invalid-request", message), ""));
  const head = [
    `HTTP/1.1 400 ${STATUS_CODES[400] ?? ""}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

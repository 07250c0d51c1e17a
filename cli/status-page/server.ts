/** The page's server: its files, a stream of what happens, and what can be done on the page. */
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { UsageError } from "../../deploy/errors";
import { ServiceError } from "../control-api/failure";
import { RefusedError, type Actions, type Command } from "./actions";
import { readAssets } from "./assets";
import type { EventStream } from "./events";
import { HEADERS, hostFault, isToken, originFault } from "./guards";

/** What people type fits into far less. */
const BODY_LIMIT_BYTES = 64 * 1024;

export interface ServerParts {
  /** First part of every path: see guards.ts. */
  readonly token: string;
  readonly actions: Actions;
  readonly events: EventStream;
  /** Called after something was changed. */
  readonly onChange: () => void;
}

/** Makes the server; it listens to nothing yet. Refusals are JSON with an `error` for people. */
export function createServer({ token, actions, events, onChange }: ServerParts): FastifyInstance {
  const app = fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true });
  app.addHook("onRequest", guard(token));
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((_request, reply) => refuse(reply, 404, "there is nothing here"));

  for (const [path, { type, body }] of readAssets()) {
    app.get(`/:token/${path}`, (_request, reply) => reply.type(type).send(body));
  }
  app.get("/:token/events", (_request, reply) => {
    if (events.isFull) return refuse(reply, 503, "too many browsers watch already: close some");
    reply.hijack();
    events.add(reply.raw.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" }));
    return reply;
  });

  const plan = (path: string, work: (body: unknown) => Promise<unknown>): void => {
    app.post(`/:token/${path}`, ({ body }) => work(body));
  };
  const change = (path: string, work: (body: unknown, id: string) => Promise<unknown>): void => {
    app.post<{ Params: { id: string } }>(`/:token/${path}`, async ({ body, params }) => {
      const answer = await work(body, params.id);
      onChange();
      return answer;
    });
  };
  plan("move/plan", (body) => actions.planMove(body));
  change("move", (body) => actions.move(body));
  plan("evacuation/plan", (body) => actions.planEvacuation(body));
  change("evacuation", (body) => actions.evacuate(body));
  for (const command of ["pause", "resume", "abort"] satisfies Command[]) {
    change(`evacuations/:id/${command}`, (body, id) => actions.steer(id, command, body));
  }
  return app;
}

/** Runs before anything else, for paths that do not exist as well. */
function guard(token: string) {
  return async ({ headers, method, url }: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    reply.headers(HEADERS);
    const strange = hostFault(headers);
    if (strange !== undefined) return refuse(reply, 421, strange);
    const [, given = ""] = url.split(/[/?]/);
    if (!isToken(given, token)) return refuse(reply, 404, "this is not the address that the command has printed");
    const foreign = method === "GET" || method === "HEAD" ? undefined : originFault(headers);
    return foreign === undefined ? undefined : refuse(reply, 403, foreign);
  };
}

function sendError(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof RefusedError) return refuse(reply, 400, error.message);
  if (error instanceof ServiceError) return refuse(reply, error.passing ? 503 : 409, error.message);
  if (error instanceof UsageError) return refuse(reply, 503, error.message);
  return refuse(reply, error.statusCode ?? 500, error.message);
}

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ error });
}

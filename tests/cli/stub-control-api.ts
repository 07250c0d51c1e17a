/**
 * A control API that speaks the contracts and has no memory of its own: a test scripts its answers. Bodies that do not fit
 * their schema are refused, and answers that do not fit theirs fail the test, so that neither side can drift.
 */
import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { z } from "zod";
import { Problem, PROBLEM_MEDIA_TYPE, problemUri } from "../../services/contracts/problems";
import * as resources from "../../services/contracts/resources";

/** The token that it takes. */
export const TOKEN = "a-token";

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

export class StubControlApi {
  readonly received: Received[] = [];
  private readonly app: FastifyInstance = fastify({ genReqId: () => `request-${randomUUID()}` });
  private readonly answers = new Map<string, Handler>();

  private constructor() {
    this.app.addHook("onRequest", (request, _reply, done) => {
      const known = request.headers.authorization === `Bearer ${TOKEN}`;
      done(known ? undefined : new Problem("unauthenticated", "the token is bad"));
    });
    this.app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
    this.app.setNotFoundHandler((request, reply) => {
      return sendProblem(new Problem("unknown-route", `there is no ${request.method} ${request.url}`), request, reply);
    });
    this.route("GET", "/v1/resolve", resources.resolution);
    this.route("GET", "/v1/clusters", resources.clusterList);
    this.route("GET", "/v1/nodes", resources.nodeList);
    this.route("GET", "/v1/transfers", resources.transferPage);
    this.route("GET", "/v1/transfers/:id", resources.transfer);
    this.route("POST", "/v1/transfers", resources.transfer, resources.requestTransfer);
    this.route("GET", "/v1/evacuations", resources.evacuationList);
    this.route("GET", "/v1/evacuations/:id", resources.evacuation);
    this.route("POST", "/v1/evacuations", resources.evacuation, resources.startEvacuation);
    for (const action of ["pause", "resume", "abort"]) {
      this.route("POST", `/v1/evacuations/:id/${action}`, resources.evacuation);
    }
  }

  /** Starts one on a free port of the loopback address. */
  static async start(): Promise<StubControlApi> {
    const stub = new StubControlApi();
    await stub.app.listen({ host: "127.0.0.1", port: 0 });
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.app.server.address() as AddressInfo).port}`;
  }

  /**
   * What it answers to `GET /v1/nodes` and its like, with the route's parameters as declared: a function is asked each
   * time; of a list each is given once, the last again and again; a {@link Problem} is a refusal.
   */
  answer(route: string, answer: unknown): void {
    if (typeof answer === "function") this.answers.set(route, answer as Handler);
    else if (!Array.isArray(answer)) this.answers.set(route, () => answer);
    else {
      const left = [...(answer as unknown[])];
      this.answers.set(route, () => (left.length > 1 ? left.shift() : left[0]));
    }
  }

  /** Bodies of the requests to a path. */
  bodiesOf(path: string): unknown[] {
    return this.received.filter(({ url, method }) => url === path && method === "POST").map(({ body }) => body);
  }

  /** Forgets scripts and requests. */
  reset(): void {
    this.answers.clear();
    this.received.length = 0;
  }

  async stop(): Promise<void> {
    this.app.server.closeAllConnections();
    await this.app.close();
  }

  private route(method: "GET" | "POST", path: string, answerSchema: z.ZodType, bodySchema?: z.ZodType): void {
    this.app.route({
      method,
      url: path,
      handler: (request, reply) => {
        const body = bodySchema === undefined ? request.body : validated(bodySchema, request.body);
        const key = request.headers["idempotency-key"];
        this.received.push({ method, url: request.url, body, idempotencyKey: key?.toString() });
        const answer = this.answers.get(`${method} ${path}`)?.(request, reply);
        if (answer === undefined) throw new Problem("unknown-route", `the test scripts no answer to ${method} ${path}`);
        if (answer instanceof Problem) throw answer;
        return reply.send(answerSchema.parse(answer));
      },
    });
  }
}

function validated(schema: z.ZodType, body: unknown): unknown {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Problem("invalid-request", parsed.error.message);
}

function sendProblem(error: unknown, { id }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = error instanceof Problem ? error : new Problem("internal", String(error));
  const { type, status, message } = problem;
  const body: resources.ProblemBody = { type: problemUri(type), title: type, status, detail: message, instance: id };
  return reply.code(status).header("content-type", PROBLEM_MEDIA_TYPE).send(body);
}

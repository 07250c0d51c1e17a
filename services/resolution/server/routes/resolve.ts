/** Where a user lives, from memory: it is asked before every token that is handed out, and must survive the store. */
import type { FastifyInstance } from "fastify";
import { resolveQuery } from "../../../contracts/resources";
import type { Directory } from "../../directory";
import { addOperation, type Declaration, type OperationContext } from "../operation";

export interface ResolveContext extends OperationContext {
  readonly directory: Pick<Directory, "resolve" | "stalenessSeconds" | "etag">;
}

/** `GET /v1/resolve`, as it is told to the server and to callers. */
export const resolveOperation = {
  id: "resolve",
  method: "GET",
  path: "/v1/resolve",
  summary: "The cluster that a user lives in, and its addresses",
  description: "By exactly one of `host`, `user` and `domain`.",
  roles: ["resolver", "platform", "operator"],
  query: resolveQuery,
  answer: "Resolution",
  otherAnswers: { 304: "The answer is the one that `if-none-match` names" },
  answerHeaders: {
    etag: "Names the answer; sent back in `if-none-match`, an unchanged answer is 304 without body",
    "cache-control": "How long the answer may be kept",
    "resolution-staleness":
      "Seconds since the answer was last known to be current; only while the service has lost its store",
  },
  requestHeaders: { "if-none-match": { type: "string", description: "An earlier answer's `etag`" } },
  problems: ["invalid-label", "reserved-label", "invalid-domain", "unknown-user", "unknown-domain", "unknown-cluster"],
  rateClass: "resolve",
} as const satisfies Declaration;

export function addResolveRoute(app: FastifyInstance, context: ResolveContext): void {
  const { directory } = context;
  addOperation(app, context, resolveOperation, ({ query, headers }, reply) => {
    const staleness = directory.stalenessSeconds;
    if (staleness > 0) reply.header("resolution-staleness", String(Math.ceil(staleness)));
    const answer = directory.resolve(query);
    const etag = directory.etag(answer);
    reply.header("etag", etag).header("cache-control", `private, max-age=${answer.ttlSeconds}`);
    return matches(headers["if-none-match"], etag) ? reply.code(304).send() : answer;
  });
}

function matches(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false;
  return known === etag || known === "*" || known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

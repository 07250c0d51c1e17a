/** One line per request that is worth one, and the request's id on every answer. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { REQUEST_ID_HEADER } from "./problems";

export function logRequests(app: FastifyInstance): void {
  const isVerbose = ["debug", "trace"].includes(app.log.level);
  app.addHook("onRequest", (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const level = levelOf(request, reply);
    if (level !== "debug" || isVerbose) request.log[level](fieldsOf(request, reply), "request answered");
    done();
  });
}

/** Reads that went well are thousands a second. */
function levelOf({ method }: FastifyRequest, { statusCode }: FastifyReply): "debug" | "info" | "warn" {
  if (statusCode >= 500) return "warn";
  return method === "GET" && statusCode < 400 ? "debug" : "info";
}

function fieldsOf({ method, url, ip, caller }: FastifyRequest, { statusCode, elapsedTime }: FastifyReply): object {
  return {
    method,
    url,
    ip,
    caller: (caller as { email: string } | undefined)?.email,
    statusCode,
    ms: Math.round(elapsedTime),
  };
}

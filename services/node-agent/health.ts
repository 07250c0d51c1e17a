/** The agent's HTTP: probes, and metrics on a port of their own. */
import fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";

/** Seconds that a client may take to send its request. */
const REQUEST_TIMEOUT_MS = 5_000;
const OPTIONS = { requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true, logger: false } as const;

/**
 * `/healthz` says that the process runs, `/readyz` that what it drives serves a whole state. Neither looks at the control API:
 * a node that serves what it knows is of more use than none.
 */
export function createHealthServer(isReady: () => boolean): FastifyInstance {
  const app = fastify(OPTIONS);
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", (_request, reply) => {
    const ready = isReady();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready" });
  });
  return app;
}

/** `/metrics`, for Prometheus. */
export function createMetricsServer(registry: Registry): FastifyInstance {
  const app = fastify(OPTIONS);
  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return app;
}

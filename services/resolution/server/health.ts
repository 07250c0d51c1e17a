/** Probes of Kubernetes and of the load balancer. Neither asks the store. */
import type { FastifyInstance } from "fastify";

/**
 * `/healthz`, liveness: the process answers; a restart helps with nothing else. `/readyz`, readiness: whether requests may be
 * sent here. A replica whose store is away is ready, for it goes on resolving from memory, and all replicas lose the store at
 * the same moment: none would be left. It is not ready before it has read the store for the first time, from when it is asked
 * to stop, and when a newer release has migrated the store away from it.
 */
export function addProbes(app: FastifyInstance, whyNotReady: () => string | undefined): void {
  const options = { schema: { hide: true }, logLevel: "silent" } as const;
  app.get("/healthz", options, () => ({ status: "alive" }));
  app.get("/readyz", options, (_request, reply) => {
    const reason = whyNotReady();
    if (reason === undefined) return { status: "ready" };
    return reply.code(503).header("retry-after", "1").send({ status: reason });
  });
}

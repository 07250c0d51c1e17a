/** Probes of Kubernetes and of the load balancer. Neither asks the store: reads go on without it. */
import type { FastifyInstance } from "fastify";

export function addProbes(app: FastifyInstance, isReady: () => boolean): void {
  const options = { schema: { hide: true }, logLevel: "silent" } as const;
  // Being answered at all is what counts.
  app.get("/healthz", options, () => ({ status: "alive" }));
  app.get("/readyz", options, (_request, reply) => {
    if (isReady()) return { status: "ready" };
    return reply.code(503).header("retry-after", "1").send({ status: "starting or stopping" });
  });
}

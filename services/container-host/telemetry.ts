/** What the host tells of itself: whether it can start apps, and Prometheus metrics, on one port. */
import fastify, { type FastifyInstance } from "fastify";
import { Counter, Gauge, type Registry } from "prom-client";
import type { AppPool } from "./pool/pool";
import type { Residents } from "./residency/residents";
import type { WaitingRoom } from "./waiting";

/** Milliseconds that a client may take to send its request. */
const REQUEST_TIMEOUT_MS = 5_000;

/** `/healthz`: 200 while apps can be started here, 503 otherwise. The control API is not looked at: apps start without it, too. */
export function createTelemetryServer(isServing: () => boolean, registry: Registry): FastifyInstance {
  const app = fastify({ requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true, logger: false });
  app.get("/healthz", (_request, reply) => {
    const serving = isServing();
    return reply.code(serving ? 200 : 503).send({ status: serving ? "serving" : "not serving" });
  });
  app.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  return app;
}

export interface Watched {
  readonly pool: AppPool;
  readonly room: WaitingRoom;
  readonly residents: Residents;
}

export class HostMetrics {
  private readonly refusals: Counter<"reason">;

  constructor(private readonly registry: Registry) {
    this.refusals = new Counter({
      name: "container_host_refused_requests_total",
      help: "Requests that no app got to see, by reason",
      labelNames: ["reason"],
      registers: [registry],
    });
  }

  refused(reason: string): void {
    this.refusals.inc({ reason });
  }

  /** Has the host looked at whenever the metrics are asked for. */
  watch({ pool, room, residents }: Watched): void {
    this.gauge("apps", "Apps that run, start or stop", () => pool.size);
    this.gauge("app_starts", "Starts of apps since the host began", () => pool.starts);
    this.gauge("app_failures", "Crashes and failed starts of apps since the host began", () => pool.failures);
    this.gauge("requests", "Requests and WebSockets under way in apps", () => pool.load);
    this.gauge(
      "held_requests",
      "Requests that wait for their user to be resident or their app to start",
      () => room.size,
    );
    this.gauge(
      "unconfirmed_users",
      "Users whose apps run without the control API's word",
      () => residents.unconfirmed().length,
    );
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `container_host_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}

/** What the control API measures, for Prometheus. Every replica reports the store's figures: take their maximum. */
import { Gauge, Histogram, Registry } from "prom-client";
import { collectProcessMetrics } from "../../process-metrics";

/** Seconds: a resolution takes a fraction of a millisecond, a write some milliseconds, a write during a failover seconds. */
const HTTP_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Seconds: an update of Knot takes a tenth of a second, and a node that restarts half a minute. */
const PUBLISH_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What this replica itself sees. */
export interface LocalFigures {
  /** Age of the answers from memory; 0 while they are current. */
  readonly stalenessSeconds: () => number;
  /** Nodes that follow the feed here. */
  readonly followers: () => number;
}

export class Metrics {
  readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: "resolution_http_request_seconds",
    help: "Time to answer requests, by operation and status; feeds count until they end",
    labelNames: ["operation", "status"] as const,
    buckets: HTTP_BUCKETS,
    registers: [this.registry],
  });
  private readonly publications = new Histogram({
    name: "resolution_dns_publish_seconds",
    help: "Time from a transfer's new DNS record to its acknowledgement by every DNS node",
    buckets: PUBLISH_BUCKETS,
    registers: [this.registry],
  });

  constructor(local: LocalFigures) {
    const { registry } = this;
    collectProcessMetrics(registry);
    this.local(
      "resolution_directory_staleness_seconds",
      "Age of answers from memory; 0 while current",
      local.stalenessSeconds,
    );
    this.local("resolution_feed_followers", "Nodes that follow the feed from this replica", local.followers);
  }

  /** An answer was given. */
  readonly observeRequest = (operation: string, status: number, seconds: number): void => {
    this.requests.observe({ operation, status: String(status) }, seconds);
  };

  /** All DNS nodes serve a transfer's new record. */
  readonly observePublication = (seconds: number): void => {
    this.publications.observe(seconds);
  };

  private local(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}

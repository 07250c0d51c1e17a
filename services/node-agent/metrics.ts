/** What the agent tells Prometheus. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { FeedFollower } from "../contracts/follow/follower";
import { collectProcessMetrics } from "../process-metrics";

export class AgentMetrics {
  readonly registry = new Registry();
  private readonly receivedRevision = this.gauge(
    "received_revision",
    "Revision of the feed up to which the node was told everything",
  );
  private readonly appliedRevision = this.gauge(
    "applied_revision",
    "Revision of the feed up to which everything is on disk and in force",
  );
  private readonly waiting = this.gauge("waiting_changes", "Changes that were told and are not in force yet");
  private readonly entries = this.gauge("entries", "Entries of the state");
  private readonly applyLatency = new Histogram({
    name: "node_agent_apply_seconds",
    help: "From taking a batch of changes to its being on disk and in force",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });
  private readonly failures = this.counter(
    "failures_total",
    "Failed attempts to write the state, to put changes in force or to reconcile",
  );
  private readonly reconciliations = this.counter("reconciliations_total", "Reconciliations that were completed");
  private readonly repairs = this.counter(
    "reconcile_repairs_total",
    "Differences between what was served and the state that were repaired",
  );

  constructor() {
    collectProcessMetrics(this.registry);
  }

  /** Has the connection to the feed told of whenever the metrics are asked for. */
  watch(feed: Pick<FeedFollower, "connected" | "stalenessSeconds">): void {
    this.derived("feed_connected", "1 while the feed is being read", () => (feed.connected ? 1 : 0));
    this.derived(
      "feed_staleness_seconds",
      "Since the state was last known to be the store's own",
      () => feed.stalenessSeconds,
    );
  }

  received(revision: number, waiting: number): void {
    this.receivedRevision.set(revision);
    this.waiting.set(waiting);
  }

  acknowledged(revision: number, entries: number, waiting: number): void {
    this.appliedRevision.set(revision);
    this.entries.set(entries);
    this.waiting.set(waiting);
  }

  applied(seconds: number): void {
    this.applyLatency.observe(seconds);
  }

  reconciled(repairs: number): void {
    this.reconciliations.inc();
    this.repairs.inc(repairs);
  }

  failed(): void {
    this.failures.inc();
  }

  private gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `node_agent_${name}`, help, registers: [this.registry] });
  }

  private derived(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `node_agent_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name: `node_agent_${name}`, help, registers: [this.registry] });
  }
}

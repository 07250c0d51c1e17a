import { createHealthServer, createMetricsServer } from "../../../services/node-agent/health";
import { AgentMetrics } from "../../../services/node-agent/metrics";

describe("probes", () => {
  it("answer that the process runs, whether or not it serves", async () => {
    const app = createHealthServer(() => false);
    const { statusCode, json } = await app.inject("/healthz");
    expect([statusCode, json()]).toEqual([200, { status: "ok" }]);
    await app.close();
  });

  it("answer whether it serves", async () => {
    let ready = false;
    const app = createHealthServer(() => ready);
    expect((await app.inject("/readyz")).statusCode).toBe(503);
    ready = true;
    const { statusCode, json } = await app.inject("/readyz");
    expect([statusCode, json()]).toEqual([200, { status: "ready" }]);
    await app.close();
  });
});

describe("metrics", () => {
  it("tell how far the node is, and of its connection", async () => {
    const metrics = new AgentMetrics();
    const feed = { connected: false, stalenessSeconds: Infinity };
    metrics.watch(feed);
    metrics.received(12, 3);
    metrics.acknowledged(9, 4, 3);
    metrics.applied(0.2);
    metrics.reconciled(2);
    metrics.failed();
    const app = createMetricsServer(metrics.registry);
    const before = await app.inject("/metrics");
    expect(before.headers["content-type"]).toContain("text/plain");
    const lines = before.body.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "node_agent_received_revision 12",
        "node_agent_applied_revision 9",
        "node_agent_waiting_changes 3",
        "node_agent_entries 4",
        'node_agent_apply_seconds_bucket{le="0.25"} 1',
        "node_agent_apply_seconds_count 1",
        "node_agent_reconciliations_total 1",
        "node_agent_reconcile_repairs_total 2",
        "node_agent_failures_total 1",
        "node_agent_feed_connected 0",
        "node_agent_feed_staleness_seconds +Inf",
      ]),
    );
    Object.assign(feed, { connected: true, stalenessSeconds: 1.5 });
    const after = (await app.inject("/metrics")).body.split("\n");
    expect(after).toEqual(
      expect.arrayContaining(["node_agent_feed_connected 1", "node_agent_feed_staleness_seconds 1.5"]),
    );
    await app.close();
  });
});

import perfHooks from "node:perf_hooks";
import { Registry } from "prom-client";
import { collectProcessMetrics } from "../../services/process-metrics";

test("a process tells of itself, and is not woken a hundred times a second for it", async () => {
  const monitor = jest.spyOn(perfHooks, "monitorEventLoopDelay");
  const registry = new Registry();
  collectProcessMetrics(registry);
  // In milliseconds; several processes of each machine keep time this way.
  expect(monitor.mock.calls).toEqual([[{ resolution: 100 }]]);
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "nodejs_eventloop_lag_p99_seconds",
    ]),
  );
});

/** The node agent as a process: settings, feed, driver, probes, and a bounded end. */
import { randomUUID } from "node:crypto";
import fastify from "fastify";
import { scopeOf } from "../contracts/feed";
import { FeedFollower } from "../contracts/follow/follower";
import { MetadataServer } from "../google/metadata";
import { askedToStop, endWithin, runProcess } from "../process";
import { Agent } from "./agent";
import { createHealthServer, createMetricsServer } from "./health";
import type { Log } from "./log";
import { AgentMetrics } from "./metrics";
import { readSettings } from "./settings";
import { DurableState } from "./state";
import type { AgentSettings } from "./variables";

const ANY_ADDRESS = "0.0.0.0";

async function main(): Promise<void> {
  const { kind, agent: settings, createDriver, leaveOnStop, patience } = readSettings(process.env);
  const log = createLog(settings, kind);
  // Signals that come while it starts are not lost.
  const asked = askedToStop();
  const metadata = new MetadataServer();
  const metrics = new AgentMetrics();
  const { environment, stateDirectory: directory, controlApi, node, cluster } = settings;
  const owner = `${environment} ${scopeOf(kind, cluster)}`;
  const state = await DurableState.open({ directory, owner, log });
  const driver = await createDriver({ metadata, log });
  const health = createHealthServer(() => agent.isServing);
  const telemetry = createMetricsServer(metrics.registry);
  await telemetry.listen({ host: ANY_ADDRESS, port: settings.metricsPort });
  const agent = new Agent({
    state,
    driver,
    feed: (after, onLines) => {
      const token = () => metadata.identityToken(controlApi.audience);
      const identity = { kind, cluster, node, incarnation: randomUUID() };
      const follower = new FeedFollower({ url: controlApi.url, token, ...identity, after, onLines, log });
      metrics.watch(follower);
      return follower;
    },
    reconcileSeconds: settings.reconcileSeconds,
    untoldMs: patience.untoldMs,
    outlastMs: patience.outlastMs,
    log,
    metrics,
  });
  // What is driven may be started by the first probe that succeeds, and needs its configuration by then.
  const probed = agent.serving.then(() => health.listen({ host: ANY_ADDRESS, port: settings.healthPort }));
  const signal = await Promise.race([asked, agent.ended, probed.then(() => asked)]);
  log.info({ signal }, "stopping");
  endWithin(patience.stopMs, (limitMs) => {
    log.error({ limitMs }, "not stopped in time; what was acknowledged is on disk");
  });
  await agent.stop({ leaving: leaveOnStop });
  await Promise.all([health.close(), telemetry.close()]);
  log.info("stopped");
}

function createLog({ logLevel: level, environment, region, node, cluster }: AgentSettings, kind: string): Log {
  return fastify({ logger: { level, base: { environment, region, kind, node, cluster } } }).log;
}

void runProcess(main);

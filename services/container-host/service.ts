/** The container host as a process: settings, feed, listeners, and a bounded end. */
import { randomUUID } from "node:crypto";
import fastify from "fastify";
import { ControlApi } from "../contracts/client";
import { scopeOf } from "../contracts/feed";
import { FeedFollower } from "../contracts/follow/follower";
import { MetadataServer } from "../google/metadata";
import { Agent, UNTOLD_MS } from "../node-agent/agent";
import type { Log } from "../node-agent/log";
import { AgentMetrics } from "../node-agent/metrics";
import { DurableState } from "../node-agent/state";
import { askedToStop, endWithin, runProcess } from "../process";
import { ContainerHost } from "./host";
import { QUESTION_MS } from "./residency/confirmation";
import { ResidencyDriver } from "./residency/driver";
import { ProcessRuntime } from "./runtime/process";
import { readSettings, type HostSettings } from "./settings";
import { createTelemetryServer, HostMetrics } from "./telemetry";

const KIND = "host";
/** What agent and listeners may take to end, beside what the settings allow requests and apps. */
const STOP_MARGIN_MS = 12_000;

/** Runs until it is asked to stop. */
export async function runService(environment: NodeJS.ProcessEnv): Promise<void> {
  await runProcess(async () => await run(readSettings(environment)));
}

async function run(settings: HostSettings): Promise<void> {
  const log = createLog(settings);
  // Signals that come while it starts are not lost.
  const asked = askedToStop();
  const { agent: own, cluster } = settings;
  const metadata = new MetadataServer();
  const token = () => metadata.identityToken(own.controlApi.audience);
  const owner = `${own.environment} ${scopeOf(KIND, cluster)}`;
  const state = await DurableState.open({ directory: own.stateDirectory, owner, log });
  const runtime = new ProcessRuntime({ directory: settings.appsDirectory, memoryMb: settings.appMemoryMb });
  await runtime.prepare();

  const metrics = new AgentMetrics();
  const hostMetrics = new HostMetrics(metrics.registry);
  // Who asks has somebody waiting: one try, and then without.
  const api = new ControlApi({ url: own.controlApi.url, token, policy: { timeoutMs: QUESTION_MS, attempts: 1 } });
  const host = new ContainerHost({ settings, runtime, api, log, onRefusal: (reason) => hostMetrics.refused(reason) });
  hostMetrics.watch(host);
  const { residents } = host;
  const driver = new ResidencyDriver({ residents, revision: state.isWhole ? state.revision : undefined, log });
  const telemetry = createTelemetryServer(() => host.isServing, metrics.registry);
  await telemetry.listen({ host: settings.bindAddress, port: own.healthPort });
  const appsPort = await host.listen();

  const agent = new Agent({
    state,
    driver,
    feed: (after, take) => {
      const onLines: typeof take = async (lines) => {
        driver.hear(lines);
        await take(lines);
      };
      const identity = { kind: KIND, cluster, node: own.node, incarnation: randomUUID() } as const;
      const follower = new FeedFollower({ url: own.controlApi.url, token, ...identity, after, onLines, log });
      metrics.watch(follower);
      return follower;
    },
    reconcileSeconds: own.reconcileSeconds,
    // Apps start then with the control API's word, or without it.
    untoldMs: UNTOLD_MS,
    log,
    metrics,
  });
  void agent.serving.then(() => host.serve());
  log.info({ appsPort, apps: settings.pool.apps }, "listening");

  const signal = await Promise.race([asked, agent.ended.then(() => asked)]);
  log.info({ signal }, "stopping");
  endWithin(settings.noticeMs + settings.drainMs + settings.stopMs + STOP_MARGIN_MS, (limitMs) => {
    log.error({ limitMs }, "not stopped in time; apps end with this process");
  });
  await host.drain();
  // Only now: before it there was somebody to wait for.
  await agent.stop({ leaving: settings.leaveOnStop });
  await telemetry.close();
  log.info("stopped");
}

function createLog({ agent, cluster, tier, project }: HostSettings): Log {
  const { environment, region, node } = agent;
  const base = { environment, project, region, kind: KIND, cluster, node, tier };
  return fastify({ logger: { level: agent.logLevel, base } }).log;
}

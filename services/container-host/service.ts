/** The container host as a process: settings, feed, listeners, and a bounded end. */
import { randomUUID } from "node:crypto";
import fastify from "fastify";
import { ControlApi } from "../contracts/client";
import { scopeOf } from "../contracts/feed";
import { FeedFollower } from "../contracts/follow/follower";
import { MetadataServer } from "../google/metadata";
import { Agent } from "../node-agent/agent";
import type { Log } from "../node-agent/log";
import { AgentMetrics } from "../node-agent/metrics";
import { DurableState } from "../node-agent/state";
import { SettingsError } from "../settings/variables";
import { ContainerHost } from "./host";
import { QUESTION_MS } from "./residency/confirmation";
import { ResidencyDriver } from "./residency/driver";
import { ProcessRuntime } from "./runtime/process";
import { readSettings, type HostSettings } from "./settings";
import { createTelemetryServer, HostMetrics } from "./telemetry";

const KIND = "host";
/** What agent and listeners may take to end, beside what the settings allow requests and apps. */
const STOP_MARGIN_MS = 12_000;
/**
 * A new host waits for so long to be told who lives here. Then it serves all the same, with the control API's word where it can be
 * had: a cluster whose machines are all new must not wait for the control plane.
 */
const UNTOLD_MS = 30_000;

/** Runs until it is asked to stop. */
export async function runService(environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await run(readSettings(environment));
  } catch (error) {
    process.stderr.write(`${error instanceof SettingsError ? error.message : String((error as Error).stack)}\n`);
    process.exit(1);
  }
}

async function run(settings: HostSettings): Promise<void> {
  const log = createLog(settings);
  // Signals that come while it starts are not lost.
  const asked = signalled();
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
    log,
    metrics,
  });
  void agent.serving.then(() => host.serve());
  const untold = setTimeout(() => serveUntold(host, log), UNTOLD_MS);
  log.info({ appsPort, apps: settings.pool.apps }, "listening");

  const signal = await Promise.race([asked, agent.ended.then(() => asked)]);
  log.info({ signal }, "stopping");
  clearTimeout(untold);
  const limitMs = settings.noticeMs + settings.drainMs + settings.stopMs + STOP_MARGIN_MS;
  setTimeout(() => giveUp(log, limitMs), limitMs).unref();
  await host.drain();
  // Only now: before it there was somebody to wait for.
  await agent.stop({ leaving: settings.leaveOnStop });
  await telemetry.close();
  log.info("stopped");
}

function serveUntold(host: ContainerHost, log: Log): void {
  if (host.isServing) return;
  log.error(
    { waitedMs: UNTOLD_MS },
    "the feed has told nothing; apps start with the control API's word, or without it",
  );
  host.serve();
}

function createLog({ agent, cluster, tier, project }: HostSettings): Log {
  const { environment, region, node } = agent;
  const base = { environment, project, region, kind: KIND, cluster, node, tier };
  return fastify({ logger: { level: agent.logLevel, base } }).log;
}

async function signalled(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => resolve(name));
  });
}

function giveUp(log: Log, limitMs: number): void {
  log.error({ limitMs }, "not stopped in time; apps end with this process");
  process.exit(1);
}

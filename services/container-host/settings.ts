/**
 * The host's settings, from environment variables. Those without default are the ones that the stack sets
 * (components/cluster/machine-containers.ts). Pure, but for looking at the machine's name and memory.
 */
import { hostname, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { clusterName } from "../contracts/fields";
import { agentSettingsOf, agentVariables, type AgentSettings } from "../node-agent/variables";
import { dnsName, port, readVariables, text, wholeNumber } from "../settings/variables";

const seconds = (byDefault: number, least = 0) =>
  wholeNumber(least, 86_400).prefault(String(byDefault)).describe(`set whole seconds, ${least} to 86400`);
const count = (byDefault: number, most: number) =>
  wholeNumber(1, most).prefault(String(byDefault)).describe(`set a whole number, 1 to ${most}`);

const variables = {
  ...agentVariables,
  /** Not looked at: metrics are on the health port. */
  METRICS_PORT: port.optional(),
  PROJECT: text.describe("set the Google Cloud project that this machine is in"),
  MACHINE_TIER: text.describe("set the machine tier that this host's group is built on"),
  CLUSTER: clusterName.describe("set the name of the cluster that this host belongs to"),
  ZONE: dnsName.describe("set the hosting zone in lower case, without trailing dot"),
  APPS_PORT: port,
  /** Default: the machine's name, which is the instance's. */
  NODE_NAME: agentVariables.NODE_NAME.prefault(() => hostname().split(".")[0] ?? "").describe(
    "set the machine's name: letters, digits and .-_, at most 128",
  ),
  /** Default: all IPv4 addresses. */
  BIND_ADDRESS: z.ipv4().default("0.0.0.0").describe("set the IPv4 address to listen on"),
  /** Default: `apps` in the state directory. */
  APPS_DIRECTORY: text.optional().describe("set a directory on disk for apps' sockets, with a short path"),
  /** Without a request for so long an app is stopped. */
  IDLE_SECONDS: seconds(900, 1),
  /**
   * Longest that a request waits for its user to be resident and its app to start. A transfer forwards for 30 s and stops for 60 s at
   * most (services/resolution/transfers/timings.ts), the app starts within 20 s, and to be told of it all takes less than 10 s.
   */
  HOLD_SECONDS: seconds(120, 1),
  HELD_REQUESTS: count(4_000, 100_000),
  HELD_REQUESTS_PER_USER: count(1_000, 100_000),
  REQUESTS_PER_APP: count(2_000, 100_000),
  MAX_APPS: wholeNumber(1, 300).optional().describe("set a whole number, 1 to 300"),
  MAX_APPS_PER_USER: count(10, 300),
  APP_MEMORY_MB: wholeNumber(16, 4_096).prefault("64").describe("set whole megabytes, 16 to 4096"),
  /** Longest that requests in flight may take to finish when their app has to stop. */
  DRAIN_SECONDS: seconds(30),
  /** Longest that an app may take to end by itself. */
  APP_STOP_SECONDS: seconds(5),
  /** For how long a host that stops says so before it stops serving: two and a half checks of the edges. */
  NOTICE_SECONDS: seconds(5),
} as const;

/** Longest that an app may take to start. */
const START_MS = 20_000;
/** MB of a Node process beside its heap, and the part of the machine's memory that apps may take together. */
const PROCESS_MB = 48;
const MEMORY_PART = 0.75;
const MOST_APPS = 300;

export interface HostSettings {
  readonly agent: AgentSettings;
  readonly leaveOnStop: boolean;
  readonly cluster: string;
  readonly zone: string;
  readonly project: string;
  readonly tier: string;
  readonly bindAddress: string;
  readonly appsPort: number;
  readonly appsDirectory: string;
  readonly appMemoryMb: number;
  readonly pool: {
    readonly apps: number;
    readonly appsPerUser: number;
    readonly requestsPerApp: number;
    readonly idleMs: number;
  };
  readonly room: { readonly perUser: number; readonly inAll: number };
  readonly holdMs: number;
  readonly startMs: number;
  readonly drainMs: number;
  readonly stopMs: number;
  readonly noticeMs: number;
}

/** Reads and checks the variables. Throws a SettingsError that names every mistake with its value and its remedy. */
export function readSettings(environment: NodeJS.ProcessEnv): HostSettings {
  const known = readVariables(variables, environment);
  // Metrics are on the health port.
  const agent = agentSettingsOf({ ...known, METRICS_PORT: known.HEALTH_PORT });
  return {
    agent,
    // Nothing runs any more when it has stopped, so nobody need wait for it; a machine that comes back registers anew.
    leaveOnStop: agent.leaveOnStop ?? true,
    cluster: known.CLUSTER,
    zone: known.ZONE,
    project: known.PROJECT,
    tier: known.MACHINE_TIER,
    bindAddress: known.BIND_ADDRESS,
    appsPort: known.APPS_PORT,
    appsDirectory: known.APPS_DIRECTORY ?? join(known.STATE_DIRECTORY, "apps"),
    appMemoryMb: known.APP_MEMORY_MB,
    pool: {
      apps: known.MAX_APPS ?? appsThatFit(known.APP_MEMORY_MB),
      appsPerUser: known.MAX_APPS_PER_USER,
      requestsPerApp: known.REQUESTS_PER_APP,
      idleMs: known.IDLE_SECONDS * 1000,
    },
    room: { perUser: known.HELD_REQUESTS_PER_USER, inAll: known.HELD_REQUESTS },
    holdMs: known.HOLD_SECONDS * 1000,
    startMs: START_MS,
    drainMs: known.DRAIN_SECONDS * 1000,
    stopMs: known.APP_STOP_SECONDS * 1000,
    noticeMs: known.NOTICE_SECONDS * 1000,
  };
}

/** How many apps fit in the container's memory, or in the machine's where there is no container. */
function appsThatFit(appMemoryMb: number): number {
  const limit = process.constrainedMemory() || Infinity;
  const availableMb = (Math.min(limit, totalmem()) / 2 ** 20) * MEMORY_PART;
  return Math.min(MOST_APPS, Math.max(1, Math.floor(availableMb / (appMemoryMb + PROCESS_MB))));
}

/** Edges: the agent feeds a HAProxy. */
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { isIP } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { clusterName } from "../../contracts/fields";
import { nodeName } from "../../contracts/resources";
import { ComputeApi } from "../../google/compute";
import { readNewestVersions } from "../../google/secrets";
import { commaList, dnsName, exactlyOne, port, readVariables, text, url, wholeNumber } from "../../settings/variables";
import { UNTOLD_MS } from "../agent/options";
import { ComputeMembers, createEdgeDriver, DEFAULT_LIMITS, KeyRing, type KeySource } from "../haproxy";
import type { EdgePorts, EdgeSettings } from "../haproxy/settings";
import { agentSettingsOf, agentVariables } from "../variables";
import type { DriverContext, Kind } from "./kind";

/** What HAProxy's container is given to stop, and a little more: components/cluster/machine-containers.ts. */
const OUTLAST_MS = 65_000;
/** Then to take leave and to end; its own container is given 75 seconds. */
const STOP_MS = 73_000;

/** Where Prometheus finds an edge's agent, as it does the name servers'. */
const METRICS_PORT = "9090";

const keySecret = text.optional().describe("set the resource name of the secret, without a version");
const keyFile = text.optional().describe("set the path of a file with a key per line, the newest first");

/** One that others know; HAProxy cannot take just any that is free. */
const knownPort = wholeNumber(1, 65_535).describe("set a port, 1 to 65535");

/** All that an edge's agent reads. */
export const variables = {
  ...agentVariables,
  CLUSTER: clusterName.describe("set the name of the cluster that this edge belongs to"),
  /** Default: the machine's name, which is the instance's. */
  NODE_NAME: nodeName
    .prefault(() => hostname())
    .describe("set the machine's name: letters, digits and .-_, at most 128"),
  /** HAProxy's, which load balancers and autohealing ask. */
  HEALTH_PORT: knownPort,
  /** The agent's own. Default: any that is free; nobody asks an edge's agent. */
  AGENT_HEALTH_PORT: port.prefault("0"),
  METRICS_PORT: port.prefault(METRICS_PORT),
  ZONE: dnsName.describe("set the hosting zone in lower case, without trailing dot"),
  PROJECT: text.describe("set the project that the cluster's instances are in"),
  COMPUTE_ZONES: commaList.describe("set the zones of the cluster's container VMs, separated by commas"),
  /** Default: Google's own. */
  COMPUTE_API_URL: url.optional().describe("set the URL of the Compute API, without a path"),
  EDGE_DIRECTORY: text.describe("set the directory that HAProxy and this agent share"),
  HOSTING_PORT: knownPort,
  WORKSPACE_PORT: knownPort,
  HOST_APPS_PORT: knownPort,
  HOST_HEALTH_PORT: knownPort,
  /** Of siblings' load balancers. */
  SIBLING_PORT: knownPort.prefault("80"),
  BIND_ADDRESS: z
    .string()
    .refine((value) => isIP(value) !== 0)
    .prefault("0.0.0.0")
    .describe("set the address that HAProxy listens at"),
  /** Default: as the cluster's load balancers do. */
  ACCEPT_PROXY_HEADER: z
    .stringbool({ truthy: ["true"], falsy: ["false"] })
    .prefault("true")
    .describe("set true where connections begin with a PROXY protocol header, false where they do not"),
  EDGE_HOP_KEY_SECRET: keySecret,
  EDGE_HOP_KEY_FILE: keyFile,
  WORKSPACE_TOKEN_KEY_SECRET: keySecret,
  WORKSPACE_TOKEN_KEY_FILE: keyFile,
  /** Default: somebody else runs HAProxy. */
  HAPROXY_EXECUTABLE: text.optional().describe("set the path or name of the haproxy that the agent is to run itself"),
  /** Default: those of settings.ts, which a VM of its own bears. */
  MAX_CONNECTIONS: wholeNumber(10, 1_000_000)
    .optional()
    .describe("set how many connections HAProxy takes, 10 to 1000000"),
  /** Default: one per CPU. */
  HAPROXY_THREADS: wholeNumber(1, 64).optional().describe("set HAProxy's number of threads, 1 to 64"),
} as const;
type Variables = z.output<z.ZodObject<typeof variables>>;

export const edge: Kind = {
  // It stops with its machine, which the group replaces under another name.
  leavesOnStop: true,
  patience: { untoldMs: UNTOLD_MS, outlastMs: OUTLAST_MS, stopMs: STOP_MS },
  read: (environment) => {
    const known = readEdgeVariables(environment);
    const agent = agentSettingsOf({ ...known, HEALTH_PORT: known.AGENT_HEALTH_PORT });
    return { agent, createDriver: (context) => createDriver(known, context) };
  },
};

/** Reads and checks the variables. Throws a SettingsError with every mistake. */
export function readEdgeVariables(environment: NodeJS.ProcessEnv): Variables {
  const alsoWrong = ["EDGE_HOP_KEY", "WORKSPACE_TOKEN_KEY"].flatMap((key) =>
    exactlyOne(environment, [`${key}_SECRET`, `${key}_FILE`], "the secret"),
  );
  return readVariables(variables, environment, { alsoWrong });
}

async function createDriver(known: Variables, context: DriverContext) {
  const { log, metadata } = context;
  const accessToken = () => metadata.accessToken();
  const keys = await KeyRing.open({
    sources: {
      hopKeys: keySource(known.EDGE_HOP_KEY_SECRET, known.EDGE_HOP_KEY_FILE, accessToken),
      workspaceTokenKeys: keySource(known.WORKSPACE_TOKEN_KEY_SECRET, known.WORKSPACE_TOKEN_KEY_FILE, accessToken),
    },
    file: join(known.STATE_DIRECTORY, "keys.json"),
    log,
  });
  const compute = new ComputeApi({ project: known.PROJECT, accessToken, endpoint: known.COMPUTE_API_URL });
  const { ENVIRONMENT: environment, CLUSTER: cluster, COMPUTE_ZONES: zones } = known;
  return createEdgeDriver({
    edge: edgeSettingsOf(known, keys.keys),
    members: new ComputeMembers(compute, { environment, cluster, zones }),
    keys,
    executable: known.HAPROXY_EXECUTABLE,
    log,
  });
}

function keySource(
  secret: string | undefined,
  file: string | undefined,
  accessToken: () => Promise<string>,
): KeySource {
  if (secret !== undefined) return async () => await readNewestVersions(secret, await accessToken());
  return async () => (await readFile(file ?? "", "utf8")).split("\n").filter((line) => line.trim() !== "");
}

/** HAProxy's settings. Pure. */
export function edgeSettingsOf(known: Variables, keys: KeyRing["keys"]): EdgeSettings {
  const { MAX_CONNECTIONS: connections, HAPROXY_THREADS: threads } = known;
  return {
    cluster: known.CLUSTER,
    zone: known.ZONE,
    directory: known.EDGE_DIRECTORY,
    bindAddress: known.BIND_ADDRESS,
    ports: portsOf(known),
    acceptProxyHeader: known.ACCEPT_PROXY_HEADER,
    ...keys,
    limits: { ...DEFAULT_LIMITS, ...(connections !== undefined && { connections }) },
    ...(threads !== undefined && { threads }),
  };
}

function portsOf(known: Variables): EdgePorts {
  return {
    hosting: known.HOSTING_PORT,
    workspace: known.WORKSPACE_PORT,
    health: known.HEALTH_PORT,
    hostApps: known.HOST_APPS_PORT,
    hostHealth: known.HOST_HEALTH_PORT,
    sibling: known.SIBLING_PORT,
  };
}

/** An edge: the node agent as a process, and the HAProxy that it runs. */
import { readFileSync, readdirSync, writeFileSync, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { filesIn, type EdgeFiles } from "../../../../services/node-agent/haproxy/files";
import { AUDIENCE, ZONE } from "../../support/api-replica";
import { Child } from "../../support/child";
import type { CommandLine } from "../../support/program";
import { until } from "../../../support/until";
import { answersWell } from "./answers-well";
import { ENVIRONMENT, MACHINE_ZONE, PROJECT } from "./instances";

/** Keys of the environment: each edge knows them. */
const HOP_KEY = "hop key of the environment, for tests";
const WORKSPACE_TOKEN_KEY = "workspace token key, for tests only";

export interface RealEdgePorts {
  readonly hosting: number;
  readonly workspace: number;
  readonly health: number;
  readonly metrics: number;
  readonly hostApps: number;
  readonly hostHealth: number;
  /** Of every cluster's load balancers. */
  readonly balancers: number;
}

export interface RealEdgeOptions {
  readonly cluster: string;
  readonly name: string;
  readonly command: CommandLine;
  readonly directory: string;
  readonly address: string;
  readonly ports: RealEdgePorts;
  readonly controlApiUrl: string;
  readonly computeApiUrl: string;
  readonly metadataHost: string;
}

/** A line of HAProxy's log, as docs/edge.md describes it. */
export interface AccessLine {
  readonly at: number;
  readonly cluster: string;
  readonly user: string;
  readonly host: string;
  readonly path: string;
  readonly status: number;
  readonly backend: string;
  readonly sibling: string;
  readonly hop: string;
  readonly clusters: string;
}

export class RealEdge extends Child {
  readonly address: string;
  readonly ports: RealEdgePorts;
  private readonly directory: string;

  constructor(options: RealEdgeOptions) {
    const { address, ports, name, command } = options;
    super({ name, command, environment: variables(options), isReady: () => answersWell(address, ports.health) });
    this.address = address;
    this.ports = ports;
    this.directory = join(options.directory, "edge");
  }

  /** HAProxy's. */
  get files(): EdgeFiles {
    return filesIn(this.directory);
  }

  /** What HAProxy has logged, also the one before this one; without its own messages and health checks. */
  accessLog(): AccessLine[] {
    const files = ["haproxy.log.1", "haproxy.log"].map((name) => join(this.directory, name));
    return files
      .flatMap((file) => linesOf(file))
      .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as AccessLine] : []));
  }

  /** Container VMs and siblings' load balancers that HAProxy has found well, as `<backend>/<server>`. */
  async serversUp(): Promise<string[]> {
    const rows = (await this.runtime("show stat")).split("\n").map((line) => line.split(","));
    const [head = []] = rows;
    const [status, check] = [head.indexOf("status"), head.indexOf("check_status")];
    // It takes those of its configuration for well before their first check; a check under way is marked.
    const isFoundUp = (row: readonly string[]) => row[status] === "UP" && row[check]?.endsWith("L7OK") === true;
    return rows.filter(isFoundUp).map(([backend, server]) => `${backend}/${server}`);
  }

  /** Says something to HAProxy's runtime API. */
  async runtime(command: string): Promise<string> {
    const socket = connect(this.files.runtimeSocket);
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no answer to ${command}`)));
    socket.end(`${command}\n`);
    return (await text(socket)).trim();
  }

  /** Kills HAProxy, master and workers, as a crash would; resolves once none is left. The agent starts it again. */
  async killHaproxy(): Promise<void> {
    const killed = this.haproxies();
    if (killed.length === 0) throw new Error(`${this.name}: no HAProxy runs`);
    for (const pid of killed) process.kill(pid, "SIGKILL");
    await until("HAProxy's end", () => !this.haproxies().some((pid) => killed.includes(pid)));
  }

  /** Ends the agent, and HAProxy if the agent was killed and left it behind. */
  override async stop(): Promise<number | null> {
    const code = await super.stop();
    for (const pid of this.haproxies()) process.kill(pid, "SIGKILL");
    return code;
  }

  /** Processes that run with this edge's configuration. */
  private haproxies(): number[] {
    const { config } = this.files;
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.filter((pid) => runsHaproxyWith(pid, config)).map(Number);
  }
}

function runsHaproxyWith(pid: string, config: string): boolean {
  try {
    const isHaproxy = readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "haproxy";
    return isHaproxy && readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(config);
  } catch {
    return false; // It has ended meanwhile.
  }
}

function linesOf(file: string): string[] {
  try {
    // The last one may not be whole.
    return readFileSync(file, "utf8").split("\n").slice(0, -1);
  } catch {
    return [];
  }
}

function variables(options: RealEdgeOptions): Record<string, string> {
  const { directory, ports } = options;
  mkdirSync(join(directory, "edge"), { recursive: true });
  return {
    ENVIRONMENT,
    REGION: "europe-west1",
    NODE_KIND: "edge",
    NODE_NAME: options.name,
    CLUSTER: options.cluster,
    PROJECT,
    ZONE,
    COMPUTE_ZONES: MACHINE_ZONE,
    COMPUTE_API_URL: options.computeApiUrl,
    CONTROL_API_URL: options.controlApiUrl,
    CONTROL_API_AUDIENCE: AUDIENCE,
    GCE_METADATA_HOST: options.metadataHost,
    STATE_DIRECTORY: join(directory, "edge-agent"),
    EDGE_DIRECTORY: join(directory, "edge"),
    BIND_ADDRESS: options.address,
    HOSTING_PORT: String(ports.hosting),
    WORKSPACE_PORT: String(ports.workspace),
    HEALTH_PORT: String(ports.health),
    METRICS_PORT: String(ports.metrics),
    HOST_APPS_PORT: String(ports.hostApps),
    HOST_HEALTH_PORT: String(ports.hostHealth),
    SIBLING_PORT: String(ports.balancers),
    EDGE_HOP_KEY_FILE: keyFile(directory, "hop.key", HOP_KEY),
    WORKSPACE_TOKEN_KEY_FILE: keyFile(directory, "workspace-token.key", WORKSPACE_TOKEN_KEY),
    HAPROXY_EXECUTABLE: "haproxy",
    HAPROXY_THREADS: "1",
    MAX_CONNECTIONS: "2000",
  };
}

function keyFile(directory: string, name: string, key: string): string {
  const path = join(directory, name);
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  return path;
}

/** A HAProxy with a generated configuration, of the test's own, behind a load balancer where the test wants one. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { edgeConfig, SIBLING_SERVER } from "../../../../../services/node-agent/haproxy/config";
import { filesIn, MAP_NAMES, type MapName } from "../../../../../services/node-agent/haproxy/files";
import {
  DEFAULT_LIMITS,
  type EdgeLimits,
  type EdgeSettings,
  type Member,
  type Sibling,
} from "../../../../../services/node-agent/haproxy/settings";
import { tempDir } from "../../../../support/temp-dir";
import { until } from "../../../../support/until";
import { freePort, ownAddress } from "./addresses";

export const ZONE = "apps.example.com";
export const HOP_KEYS = ["hop key of today, (with) 'quotes', $x and #", "hop key of yesterday"] as const;
export const TOKEN_KEYS = [
  "workspace token key of today 0123456789",
  "workspace token key of yesterday 01234",
] as const;

export interface EdgeOptions {
  readonly cluster?: string;
  readonly members?: readonly Member[];
  /** Whether health says from the start that it serves. Default true. */
  readonly joined?: boolean;
  readonly siblings?: readonly Sibling[];
  readonly limits?: Partial<EdgeLimits>;
  readonly hopKeys?: readonly string[];
  readonly acceptProxyHeader?: boolean;
  readonly hostPort?: number;
  readonly siblingPort?: number;
  /** Contents of the `base` maps at the start. */
  readonly maps?: Partial<Record<MapName, Readonly<Record<string, string>>>>;
}

export type LogLine = Readonly<Record<string, string | number>>;

export class Edge {
  readonly log: LogLine[] = [];
  /** Lines of standard output that are no JSON, and all of standard error. */
  readonly other: string[] = [];
  private process: ChildProcess | undefined;

  private constructor(readonly settings: EdgeSettings) {}

  static async start(options: EdgeOptions = {}): Promise<Edge> {
    const settings = await settingsOf(options);
    const edge = new Edge(settings);
    const files = filesIn(settings.directory);
    mkdirSync(dirname(files.maps.domains.base));
    for (const name of MAP_NAMES) {
      const entries = Object.entries(options.maps?.[name] ?? {});
      writeFileSync(files.maps[name].base, entries.map(([key, value]) => `${key} ${value}\n`).join(""));
      writeFileSync(files.maps[name].recent, "");
    }
    const { siblings = [], members = [], joined = true } = options;
    writeFileSync(files.config, edgeConfig(settings, siblings, members, { joined }), { mode: 0o640 });
    await edge.run();
    return edge;
  }

  get hosting(): Endpoint {
    return { host: this.settings.bindAddress, port: this.settings.ports.hosting };
  }

  get workspace(): Endpoint {
    return { host: this.settings.bindAddress, port: this.settings.ports.workspace };
  }

  get health(): Endpoint {
    return { host: this.settings.bindAddress, port: this.settings.ports.health };
  }

  /** Says something to the runtime API. */
  async runtime(command: string): Promise<string> {
    const socket = connect(filesIn(this.settings.directory).runtimeSocket);
    socket.setTimeout(5000, () => socket.destroy(new Error(`no answer to ${command}`)));
    socket.end(`${command}\n`);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    return answer.trim();
  }

  /** An entry of a `recent` map. */
  async set(map: MapName, key: string, value: string): Promise<void> {
    const path = filesIn(this.settings.directory).maps[map].recent;
    await this.runtime(`del map ${path} ${key}`);
    await this.runtime(`add map ${path} ${key} ${value}`);
  }

  async logged(what: string, matches: (line: LogLine) => boolean): Promise<LogLine> {
    return await until(`log line: ${what}`, () => this.log.find(matches), 5000);
  }

  /** State of a backend's server, such as `UP`. */
  async serverState(backend: string, server: string): Promise<string | undefined> {
    return (await this.statistics()).find((row) => row.pxname === backend && row.svname === server)?.status;
  }

  /** Waits until every sibling has answered a health check. */
  async siblingsAnswer(): Promise<void> {
    await until(`siblings of ${this.settings.cluster} answer`, async () => {
      const rows = (await this.statistics()).filter((row) => row.svname === SIBLING_SERVER);
      return rows.every(({ status, check_status }) => status === "UP" && check_status === "L7OK");
    });
  }

  private async statistics(): Promise<Readonly<Record<string, string>>[]> {
    const [head = "", ...lines] = (await this.runtime("show stat")).split("\n");
    const names = head.replace("# ", "").split(",");
    return lines.map((line) => Object.fromEntries(line.split(",").map((value, index) => [names[index] ?? "", value])));
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.kill(signal);
  }

  get isRunning(): boolean {
    return this.process?.exitCode === null && this.process.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const ended = new Promise((resolve) => this.process?.once("exit", resolve));
    this.signal("SIGKILL");
    await ended;
  }

  private async run(): Promise<void> {
    const { config } = filesIn(this.settings.directory);
    const process = spawn("haproxy", ["-db", "-f", config], { stdio: ["ignore", "pipe", "pipe"] });
    this.process = process;
    createInterface({ input: process.stdout }).on("line", (line) => this.take(line));
    createInterface({ input: process.stderr }).on("line", (line) => this.other.push(line));
    await until("HAProxy listens", async () => {
      if (!this.isRunning) throw new Error(`HAProxy ended: ${this.other.join("\n")}`);
      return await this.runtime("show info").then(
        (answer) => answer.startsWith("Name"),
        () => false,
      );
    });
  }

  private take(line: string): void {
    if (line.startsWith("{")) this.log.push(JSON.parse(line) as LogLine);
    else this.other.push(line);
  }
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export async function settingsOf(options: EdgeOptions): Promise<EdgeSettings> {
  const { cluster = "free", limits, hopKeys = HOP_KEYS, acceptProxyHeader = false } = options;
  const bindAddress = ownAddress();
  const [hosting, workspace, health] = await Promise.all([0, 1, 2].map(() => freePort(bindAddress)));
  if (hosting === undefined || workspace === undefined || health === undefined) throw new Error("unreachable");
  const { hostPort = 1, siblingPort = 1 } = options;
  return {
    cluster,
    zone: ZONE,
    directory: tempDir(),
    bindAddress,
    ports: { hosting, workspace, health, hostApps: hostPort, hostHealth: hostPort, sibling: siblingPort },
    acceptProxyHeader,
    hopKeys,
    workspaceTokenKeys: TOKEN_KEYS,
    limits: { ...DEFAULT_LIMITS, connections: 400, checkSeconds: 1, ...limits },
    threads: 2,
  };
}

/** What `haproxy -c` says of a configuration. */
export function check(config: string): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync("haproxy", ["-c", "-f", config], { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

/** HAProxies side by side: edges with generated configurations, bare ones that do nothing but proxy and log, and an origin. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { edgeConfig } from "../../services/node-agent/haproxy/config";
import { accessLog } from "../../services/node-agent/haproxy/config/log";
import { filesIn, type MapName } from "../../services/node-agent/haproxy/files";
import {
  DEFAULT_LIMITS,
  type EdgeLimits,
  type EdgeSettings,
  type Sibling,
} from "../../services/node-agent/haproxy/settings";
import { freePort, ownAddress } from "../../tests/services/node-agent/haproxy/config/addresses";
import { Child } from "../../tests/services/support/child";
import { confine, type Share } from "../processors";

export const ZONE = "apps.example.com";
const CONNECTIONS = 2_000;
/** No limit of a user's or client's is to show but where it is measured. */
const UNLIMITED: Partial<EdgeLimits> = {
  connections: CONNECTIONS,
  connectionsPerAddress: CONNECTIONS,
  requestRatePerUser: 1_000_000,
  concurrentPerUser: CONNECTIONS,
};
const START_MS = 60_000;

/** Where something listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Proxy extends Place {
  /** Process ids of the proxies that a request goes through, the origin aside. */
  readonly processes: readonly number[];
}

export interface EdgeOptions {
  readonly cluster: string;
  readonly origin: Place;
  readonly siblings?: readonly Sibling[];
  readonly siblingPort?: number;
  /** Port that is known before the edge runs. Default: any. */
  readonly at?: Place;
  /** Lines of the `base` maps. */
  readonly maps?: Partial<Record<MapName, string>>;
  readonly limits?: Partial<EdgeLimits>;
  readonly share?: Share;
}

export interface BareOptions {
  /** Whether clients are told to close their connections, as an edge does when it sends a request on. Default false. */
  readonly closes?: boolean;
  readonly share?: Share;
}

/** Programs of one benchmark, and a folder for their files. */
export class Proxies {
  private readonly directory = mkdtempSync(join(tmpdir(), "edge-bench-"));
  private readonly processes: Child[] = [];

  /** Answers every request with a few octets, by itself. */
  async origin(): Promise<Place> {
    const at = await place();
    const answer = 'http-request return status 200 content-type text/plain string "well"';
    return await this.run(
      "origin",
      at,
      this.file("origin", configOf(`frontend all\n    bind ${at.host}:${at.port}\n    ${answer}`)),
      "load",
    );
  }

  /** A proxy in front of one server, with the same access log as an edge's. */
  async bare(target: Place | Proxy, { closes = false, share = "measured" }: BareOptions = {}): Promise<Proxy> {
    const at = await place();
    const lines = [
      "frontend hosting",
      `    bind ${at.host}:${at.port}`,
      ...accessLog("bare").map((line) => `    ${line}`),
      // As after a tombstone.
      ...(closes ? ["    http-after-response set-header connection close"] : []),
      "    default_backend origin",
      "backend origin",
      `    server origin ${target.host}:${target.port}`,
    ];
    const { processes, ...own } = await this.run("bare", at, this.file("bare", configOf(lines.join("\n"))), share);
    return { ...own, processes: [...processes, ...("processes" in target ? target.processes : [])] };
  }

  async edge({
    cluster,
    origin,
    siblings = [],
    siblingPort = 1,
    at,
    maps = {},
    limits,
    share = "measured",
  }: EdgeOptions): Promise<Proxy> {
    const { host, port } = at ?? (await place());
    const directory = join(this.directory, `${cluster}-${this.processes.length}`);
    mkdirSync(directory);
    const [workspace, health] = [await freePort(host), await freePort(host)];
    const settings: EdgeSettings = {
      cluster,
      zone: ZONE,
      directory,
      bindAddress: host,
      ports: { hosting: port, workspace, health, hostApps: origin.port, hostHealth: origin.port, sibling: siblingPort },
      acceptProxyHeader: false,
      hopKeys: ["hop key of the benchmark"],
      workspaceTokenKeys: ["workspace token key of the benchmark"],
      limits: { ...DEFAULT_LIMITS, ...UNLIMITED, ...limits },
      threads: 1,
    };
    const files = filesIn(directory);
    mkdirSync(dirname(files.maps.domains.base));
    for (const name of ["tombstones", "domains"] as const) {
      writeFileSync(files.maps[name].base, maps[name] ?? "");
      writeFileSync(files.maps[name].recent, "");
    }
    writeFileSync(files.config, edgeConfig(settings, siblings, [{ name: "origin", address: origin.host }]));
    return await this.run(cluster, { host, port }, files.config, share);
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  private file(name: string, text: string): string {
    const path = join(this.directory, `${name}-${this.processes.length}.cfg`);
    writeFileSync(path, text);
    return path;
  }

  /** Its log goes nowhere, as fast as it comes: it costs the one who writes it, and no disk. */
  private async run(name: string, at: Place, config: string, share: Share): Promise<Proxy> {
    const process = new Child({
      name,
      command: ["sh", "-c", 'exec haproxy -db -f "$0" >/dev/null', config],
      environment: {},
      isReady: async () => (await fetch(`http://${at.host}:${at.port}/`)).status > 0,
      startTimeoutMs: START_MS,
    });
    this.processes.push(process);
    await process.start();
    confine(process.pid, share);
    return { ...at, processes: process.pid === undefined ? [] : [process.pid] };
  }
}

/** An address of its own, and a port there that is free. */
export async function place(): Promise<Place> {
  const host = ownAddress();
  return { host, port: await freePort(host) };
}

function configOf(sections: string): string {
  return `global
    nbthread 1
    maxconn ${2 * CONNECTIONS}
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 3s
    timeout http-keep-alive 60s
${sections}
`;
}

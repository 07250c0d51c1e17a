/** A DNS node: the agent and the Knot that it feeds, two processes as in their pod. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UPDATE_KEY_NAME } from "../../../services/node-agent/knot/settings";
import { ask, type Answer, type NameServerAddress } from "./dns-client";
import { AUDIENCE, ZONE } from "./api-replica";
import { Child } from "./child";
import { freePort } from "./free-port";
import { Link } from "./link";
import { probe, type CommandLine } from "./program";
import { until } from "../../support/until";

export interface NameServerOptions {
  readonly name: string;
  /** Runs the node agent. */
  readonly command: CommandLine;
  readonly directory: string;
  /** Ports of the control API's replicas. */
  readonly apiPorts: readonly number[];
  /** `<address>:<port>` of a metadata server that gives tokens of the DNS identity. */
  readonly metadataHost: string;
  readonly ttlSeconds: number;
  /** Whether it answers as fast as it can, whoever asks. */
  readonly unlimited: boolean;
}

const ADDRESS = "127.0.0.1";
/** Whoever asks just this server wants to know what it says, however busy the machine is. */
const PATIENCE_MS = 10_000;
/** Secret of the key that updates are signed with: base64 of 32 octets. */
const UPDATE_KEY = Buffer.alloc(32, "secret").toString("base64");

export class NameServer implements NameServerAddress {
  readonly address = ADDRESS;

  private constructor(
    readonly agent: Child,
    readonly knot: Child,
    /** Its way to the control API. */
    readonly link: Link,
    readonly port: number,
    readonly metricsPort: number,
    /** Knot's, which the agent writes. */
    readonly configFile: string,
  ) {}

  static async create(options: NameServerOptions): Promise<NameServer> {
    const [port, healthPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
    const run = join(options.directory, "run");
    mkdirSync(run, { recursive: true });
    const configFile = join(run, "knot.conf");
    const keyFile = join(options.directory, "update.key");
    writeFileSync(keyFile, UPDATE_KEY, { mode: 0o600 });
    const link = await Link.open(options.apiPorts);
    const agent = new Child({
      name: `${options.name} agent`,
      command: options.command,
      environment: {
        ENVIRONMENT: "test",
        REGION: "europe-west1",
        NODE_KIND: "dns",
        NODE_NAME: options.name,
        HEALTH_PORT: String(healthPort),
        METRICS_PORT: String(metricsPort),
        ZONE,
        TTL_SECONDS: String(options.ttlSeconds),
        NAME_SERVERS: JSON.stringify({ [`europe-west1.ns.${ZONE}`]: "203.0.113.53" }),
        CONTROL_API_URL: link.url,
        CONTROL_API_AUDIENCE: AUDIENCE,
        GCE_METADATA_HOST: options.metadataHost,
        DNS_UPDATE_KEY_FILE: keyFile,
        KNOT_ADDRESS: `${ADDRESS}:${port}`,
        ...(options.unlimited && { KNOT_RATE_LIMIT_EXEMPT: "127.0.0.0/8" }),
        KNOT_CONFIG: configFile,
        KNOT_STATE_DIRECTORY: join(options.directory, "knot"),
        STATE_DIRECTORY: join(options.directory, "agent"),
      },
      isReady: () => probe(healthPort, "/readyz"),
    });
    const knot = new Child({
      name: `${options.name} knot`,
      command: ["knotd", "--config", configFile],
      environment: {},
      // Any answer will do: before the agent has filled it, the zone is not there.
      isReady: () => ask({ address: ADDRESS, port }, ZONE).then(() => true),
    });
    return new NameServer(agent, knot, link, port, metricsPort, configFile);
  }

  /** Where Knot is controlled. */
  get controlSocket(): string {
    return join(dirname(this.configFile), "knot.sock");
  }

  /** The key that updates are signed with, as Knot's tools take it. */
  get updateKey(): string {
    return `hmac-sha256:${UPDATE_KEY_NAME}:${UPDATE_KEY}`;
  }

  /** Starts both, and resolves once they are ready; Knot waits for the configuration that the agent writes. */
  async start(): Promise<void> {
    this.agent.launch();
    await until(`${this.agent.name}'s configuration of Knot`, () => {
      if (!this.agent.running) throw new Error(`${this.agent.name} ended:\n${this.agent.log}`);
      return existsSync(this.configFile);
    });
    await this.knot.start();
    await this.agent.ready();
  }

  async stop(): Promise<void> {
    await Promise.all([this.agent.stop(), this.knot.stop()]);
    await this.link.close();
  }

  /** What it says of a name in the hosting zone, or of the zone itself for "". */
  async ask(name: string, type: "A" | "AAAA" = "A"): Promise<Answer> {
    return await ask(this, name === "" ? ZONE : `${name}.${ZONE}`, type, PATIENCE_MS);
  }
}

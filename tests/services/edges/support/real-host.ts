/** A container host as a process on an address of its own, and what it says of the apps that it ran. */
import { join } from "node:path";
import { AUDIENCE, ZONE } from "../../support/api-replica";
import { Child } from "../../support/child";
import type { CommandLine } from "../../support/program";
import { answersWell } from "./answers-well";
import { ENVIRONMENT, PROJECT } from "./instances";
import type { AppEvent } from "./app-runs";

export interface RealHostOptions {
  readonly cluster: string;
  readonly name: string;
  readonly command: CommandLine;
  readonly directory: string;
  readonly address: string;
  /** The same for all hosts of a cluster. */
  readonly ports: { readonly apps: number; readonly health: number };
  readonly controlApiUrl: string;
  readonly metadataHost: string;
}

export class RealHost extends Child {
  readonly address: string;
  private text = "";
  private readonly seen: AppEvent[] = [];

  constructor(options: RealHostOptions) {
    const { address, ports } = options;
    super({
      name: options.name,
      command: options.command,
      environment: variables(options),
      isReady: () => answersWell(address, ports.health),
      onOutput: (text) => this.read(text),
    });
    this.address = address;
  }

  /** Starts and ends of apps, in order. */
  get events(): readonly AppEvent[] {
    return this.seen;
  }

  private read(text: string): void {
    const lines = (this.text + text).split("\n");
    this.text = lines.pop() ?? "";
    for (const line of lines) if (line.includes('"msg":"app ')) this.seen.push(JSON.parse(line) as AppEvent);
  }
}

function variables(options: RealHostOptions): Record<string, string> {
  return {
    ENVIRONMENT,
    CLUSTER: options.cluster,
    PROJECT,
    REGION: "europe-west1",
    MACHINE_TIER: "standard",
    ZONE,
    NODE_NAME: options.name,
    CONTROL_API_URL: options.controlApiUrl,
    CONTROL_API_AUDIENCE: AUDIENCE,
    STATE_DIRECTORY: join(options.directory, options.name),
    GCE_METADATA_HOST: options.metadataHost,
    BIND_ADDRESS: options.address,
    APPS_PORT: String(options.ports.apps),
    HEALTH_PORT: String(options.ports.health),
    NOTICE_SECONDS: "0",
    DRAIN_SECONDS: "10",
    APP_STOP_SECONDS: "1",
  };
}

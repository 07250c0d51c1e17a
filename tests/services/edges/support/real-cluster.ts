/** A cluster of real processes: an edge with its HAProxy, container hosts, and the two load balancers in front of the edge. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LocalIssuer } from "../../../../sandbox/issuer";
import type { ClusterDocument } from "../../../../services/contracts/cluster";
import { PURPOSES, SIBLING_SERVER, siblingBackend } from "../../../../services/node-agent/haproxy/config/names";
import { ownAddress } from "../../node-agent/haproxy/config/addresses";
import { LoadBalancer } from "../../node-agent/haproxy/config/load-balancer";
import { freePort } from "../../support/free-port";
import { until } from "../../../support/until";
import type { CommandLine } from "../../support/program";
import type { Instances } from "./instances";
import { RealEdge } from "./real-edge";
import { RealHost } from "./real-host";

export interface RealClusterOptions {
  readonly document: ClusterDocument;
  readonly hosts: number;
  /** Of the load balancers of every cluster. */
  readonly port: number;
  readonly commands: { readonly agent: CommandLine; readonly host: CommandLine };
  readonly directory: string;
  readonly controlApiUrl: string;
  readonly instances: Instances;
  readonly issuer: LocalIssuer;
}

export class RealCluster {
  private constructor(
    readonly name: string,
    readonly edge: RealEdge,
    readonly hosts: readonly RealHost[],
    private readonly balancers: readonly LoadBalancer[],
    /** Where clients find the cluster, by the address that DNS gives. */
    readonly hosting: { readonly host: string; readonly port: number },
  ) {}

  /** Chooses addresses and ports; starts nothing. */
  static async create(options: RealClusterOptions): Promise<RealCluster> {
    const { document, port } = options;
    const directory = join(options.directory, document.name);
    mkdirSync(directory);
    const hostPorts = { apps: await freePort(), health: await freePort() };
    const hosts: RealHost[] = [];
    for (let index = 1; index <= options.hosts; index++) hosts.push(await hostOf(options, directory, hostPorts, index));
    const edge = await edgeOf(options, directory, hostPorts);
    const { address, ports } = edge;
    const balancers = [
      new LoadBalancer(document.hostingAddress, () => ({ host: address, port: ports.hosting }), true),
      new LoadBalancer(document.workspaceAddress, () => ({ host: address, port: ports.workspace }), true),
    ];
    return new RealCluster(document.name, edge, hosts, balancers, { host: document.hostingAddress, port });
  }

  /** How many nodes follow the feed. */
  get nodes(): number {
    return 1 + this.hosts.length;
  }

  /** Starts everything and resolves once the edge and all hosts serve. */
  async start(): Promise<void> {
    await Promise.all([
      this.edge.start(),
      ...this.hosts.map((host) => host.start()),
      ...this.balancers.map((balancer) => balancer.start(this.hosting.port)),
    ]);
    await this.complete();
  }

  /** Resolves once the edge has found every host well. */
  async complete(): Promise<void> {
    await this.finds(...this.hosts.map(({ name }) => `hosts/${name}`));
  }

  /** Resolves once the edge has found another cluster well: one that is looked for before it is there is out for seconds. */
  async knows({ name }: RealCluster): Promise<void> {
    await this.finds(...PURPOSES.map((purpose) => `${siblingBackend(purpose, name)}/${SIBLING_SERVER}`));
  }

  private async finds(...servers: readonly string[]): Promise<void> {
    await until(`${servers.join(", ")} at the edge of ${this.name}`, async () => {
      const up = await this.edge.serversUp().catch((): string[] => []);
      return servers.every((server) => up.includes(server));
    });
  }

  async stop(): Promise<void> {
    // First those through which connections come: nothing is under way then that the edge would wait for.
    await Promise.all(this.balancers.map((balancer) => balancer.stop()));
    await Promise.all([this.edge.stop(), ...this.hosts.map((host) => host.stop())]);
  }

  /** Ends all of it at once, as a region's outage would. */
  async crash(): Promise<void> {
    await Promise.all(this.balancers.map((balancer) => balancer.stop()));
    await Promise.all([this.edge.kill(), ...this.hosts.map((host) => host.kill())]);
    await this.edge.stop();
  }
}

async function hostOf(
  { document, commands, instances, issuer, controlApiUrl }: RealClusterOptions,
  directory: string,
  ports: { apps: number; health: number },
  index: number,
): Promise<RealHost> {
  const [name, address] = [`${document.name}-host-${index}`, ownAddress()];
  instances.add({ cluster: document.name, name, address });
  const metadataHost = await issuer.metadataServer(document.nodeIdentities.host);
  const command = commands.host;
  return new RealHost({
    cluster: document.name,
    name,
    command,
    directory,
    address,
    ports,
    controlApiUrl,
    metadataHost,
  });
}

async function edgeOf(
  { document, commands, instances, issuer, controlApiUrl, port }: RealClusterOptions,
  directory: string,
  hostPorts: { apps: number; health: number },
): Promise<RealEdge> {
  return new RealEdge({
    cluster: document.name,
    name: `${document.name}-edge-1`,
    command: commands.agent,
    directory,
    address: ownAddress(),
    ports: {
      hosting: await freePort(),
      workspace: await freePort(),
      health: await freePort(),
      metrics: await freePort(),
      hostApps: hostPorts.apps,
      hostHealth: hostPorts.health,
      balancers: port,
    },
    controlApiUrl,
    computeApiUrl: instances.url,
    metadataHost: await issuer.metadataServer(document.nodeIdentities.edge),
  });
}

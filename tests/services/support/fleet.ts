/** The clusters of a test: simulated edges and container hosts, and the way of requests through them. */
import { join } from "node:path";
import type { ClusterDocument } from "../../../services/contracts/cluster";
import { Ledger, type RequestRecord } from "./ledger";
import { SimulatedEdge } from "./simulated-edge";
import { SimulatedHost } from "./simulated-host";
import type { SimulatedNode } from "./simulated-node";

export interface FleetOptions {
  readonly clusters: readonly ClusterDocument[];
  /** Of each kind and cluster. */
  readonly edges: number;
  readonly hosts: number;
  readonly url: string;
  /** A token of whoever has this email. */
  readonly tokenOf: (email: string) => Promise<string>;
  /** Where nodes keep their state. */
  readonly directory: string;
}

export class Fleet {
  readonly ledger = new Ledger();
  readonly edges: readonly SimulatedEdge[];
  readonly hosts: readonly SimulatedHost[];
  private turn = 0;

  constructor(options: FleetOptions) {
    const nodes = <T>(kind: "edge" | "host", count: number, make: (settings: ReturnType<typeof settingsOf>) => T) =>
      options.clusters.flatMap((cluster) =>
        Array.from({ length: count }, (_, index) => make(settingsOf(options, cluster, kind, index + 1))),
      );
    this.edges = nodes("edge", options.edges, (settings) => new SimulatedEdge(this, settings));
    this.hosts = nodes("host", options.hosts, (settings) => new SimulatedHost(this.ledger, settings));
  }

  get nodes(): readonly SimulatedNode[] {
    return [...this.edges, ...this.hosts];
  }

  start(): void {
    for (const node of this.nodes) node.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.crash()));
  }

  /** The nodes of a cluster. */
  edgesOf(cluster: string): readonly SimulatedEdge[] {
    return this.edges.filter((edge) => edge.cluster === cluster);
  }

  hostsOf(cluster: string): readonly SimulatedHost[] {
    return this.hosts.filter((host) => host.cluster === cluster);
  }

  /** An edge that is up, in turn, as a load balancer chooses. */
  edgeOf(cluster: string): SimulatedEdge | undefined {
    const up = this.edgesOf(cluster).filter((edge) => edge.up);
    return up[this.turn++ % up.length];
  }

  /** The host that runs a user's containers: by the user's name, so that it stays while no host comes or goes. */
  hostOf(cluster: string, user: string): SimulatedHost | undefined {
    const up = this.hostsOf(cluster).filter((host) => host.up);
    return up[[...user].reduce((sum, character) => sum + character.charCodeAt(0), 0) % up.length];
  }

  /** Sends a request for a user's app to a cluster's load balancer, and records how it went. */
  async request(cluster: string, user: string): Promise<RequestRecord> {
    const startedMs = performance.now();
    const path: string[] = [];
    const outcome = (await this.edgeOf(cluster)?.handle(user, path)) ?? "unavailable";
    const record = { user, path, outcome, startedMs, endedMs: performance.now() };
    this.ledger.requested(record);
    return record;
  }
}

function settingsOf(options: FleetOptions, cluster: ClusterDocument, kind: "edge" | "host", index: number) {
  const name = `${cluster.name}-${kind}-${index}`;
  const email = cluster.nodeIdentities[kind];
  return {
    cluster: cluster.name,
    name,
    url: options.url,
    token: () => options.tokenOf(email),
    file: join(options.directory, `${name}.jsonl`),
  };
}

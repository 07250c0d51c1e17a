/** A whole environment of real processes: the resolution service, and clusters with their edges and container hosts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterDocument } from "../../../../services/contracts/cluster";
import { ownAddress } from "../../node-agent/haproxy/config/addresses";
import type { Timings } from "../../support/api-replica";
import { clusterDocument } from "../../support/clusters";
import { freePort } from "../../support/free-port";
import { bundledProgram } from "../../support/program";
import { System } from "../../support/system";
import { appRuns, overlaps, type AppRun } from "./app-runs";
import type { Endpoint } from "./http-load";
import { Instances } from "./instances";
import { RealCluster } from "./real-cluster";

/** New users' plans, by cluster; a cluster without a plan is a reserve. */
const PLANS: Readonly<Record<string, readonly string[]>> = { free: ["free"], pro: ["pro"] };
/** No transfer settles before its test has ended. */
const [QUIET_SECONDS, MAX_SETTLE_SECONDS] = [60, 120];

/** Milliseconds that a start may take on a busy machine. A test that gives up before leaves processes behind. */
export const START_MS = 180_000;

export interface EnvironmentOptions {
  /** By name; `free`, the default cluster, is one of them. */
  readonly clusters: readonly string[];
  /** In each cluster. Default 1. */
  readonly hosts?: number;
  readonly timings?: Partial<Timings>;
}

export class Environment {
  private constructor(
    readonly system: System,
    private readonly clusters: ReadonlyMap<string, RealCluster>,
    private readonly instances: Instances,
    private readonly directory: string,
  ) {}

  /** Starts everything, and resolves once every node follows the feed, and edges have found hosts and each other well. */
  static async start(options: EnvironmentOptions): Promise<Environment> {
    const documents = options.clusters.map(documentOf);
    const timings = { QUIET_SECONDS, MAX_SETTLE_SECONDS, ...options.timings };
    const system = await System.start({ clusters: documents, edges: 0, hosts: 0, nameServers: 1, timings });
    const directory = mkdtempSync(join(tmpdir(), "edges-"));
    const instances = await Instances.start();
    const clusters = new Map<string, RealCluster>();
    const environment = new Environment(system, clusters, instances, directory);
    try {
      const [agent, host] = await Promise.all([
        bundledProgram("node-agent", join(directory, "programs")),
        bundledProgram("container-host", join(directory, "programs")),
      ]);
      const shared = {
        hosts: options.hosts ?? 1,
        port: await freePort(),
        commands: { agent, host },
        directory,
        instances,
      };
      const { link, issuer } = system;
      for (const document of documents) {
        const cluster = await RealCluster.create({ ...shared, document, controlApiUrl: link.url, issuer });
        clusters.set(document.name, cluster);
      }
      await Promise.all([...clusters.values()].map((cluster) => cluster.start()));
      await environment.settled();
      await environment.acquainted();
      return environment;
    } catch (error) {
      const logs = environment.logs();
      await environment.stop();
      throw new Error(`the environment did not start: ${String(error)}\n${logs}`, { cause: error });
    }
  }

  cluster(name: string): RealCluster {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) throw new Error(`there is no cluster ${name}`);
    return cluster;
  }

  /** Where DNS sends a user's visitors now. */
  async lookUp(user: string): Promise<Endpoint> {
    const [server] = this.system.nameServers;
    const host = (await server?.ask(`app.${user}`))?.addresses[0];
    const found = [...this.clusters.values()].find(({ hosting }) => hosting.host === host);
    if (found === undefined) throw new Error(`DNS sends visitors of ${user} to ${host ?? "nowhere"}`);
    return found.hosting;
  }

  /** How many requests for a name a cluster's edge has sent on to another cluster. HAProxy logs them a moment later. */
  tombstoned(cluster: string, host: string): number {
    const lines = this.cluster(cluster).edge.accessLog();
    return lines.filter((line) => line.host === host && line.backend.startsWith("sibling-")).length;
  }

  /** Resolves once no node has anything left to apply. */
  async settled(): Promise<void> {
    await this.system.settled([...this.clusters.values()].reduce((sum, { nodes }) => sum + nodes, 0));
  }

  /** Resolves once every edge has found every other cluster well. */
  private async acquainted(): Promise<void> {
    const all = [...this.clusters.values()];
    await Promise.all(all.flatMap((one) => all.filter((other) => other !== one).map((other) => one.knows(other))));
  }

  /** When each app of all clusters ran, by the hosts' logs. */
  appRuns(): AppRun[] {
    return appRuns([...this.clusters.values()].flatMap(({ hosts }) => hosts.flatMap(({ events }) => events)));
  }

  /** Breaches of I1 so far. */
  overlaps(): [AppRun, AppRun][] {
    return overlaps(this.appRuns());
  }

  /** A user in a cluster of their plan's, and nobody else's. */
  async createUser(label: string, plan: "free" | "pro" = "free"): Promise<void> {
    await this.system.client("platform").createUser({ label, plan });
    await this.settled();
  }

  /** Moves a user and resolves once the new cluster serves them. */
  async move(user: string, destination: string): Promise<void> {
    const { id } = await this.system.client("operator").requestTransfer({ user, destination });
    await this.system.reaches(id, "settling");
  }

  /** The end of each process's output, for a test that has failed. */
  logs(): string {
    const children = [...this.clusters.values()].flatMap(({ edge, hosts }) => [edge, ...hosts]);
    return [this.system.logs(), ...children.map(({ name, log }) => `--- ${name}\n${log.slice(-6000)}`)].join("\n");
  }

  /** Ends every process and removes every file. */
  async stop(): Promise<void> {
    await Promise.allSettled([...this.clusters.values()].map((cluster) => cluster.stop()));
    await Promise.allSettled([this.instances.stop(), this.system.stop()]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function documentOf(name: string, index: number): ClusterDocument {
  const changes = { plans: [...(PLANS[name] ?? [])], hostingAddress: ownAddress(), workspaceAddress: ownAddress() };
  return clusterDocument(name, index + 1, changes);
}

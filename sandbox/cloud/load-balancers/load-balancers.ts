/** Makes the recorded load balancers real: an HAProxy for each failure domain and region, and forwarders for UDP. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { findHaproxy } from "../../../services/node-agent/haproxy/executable";
import type { CertificateSource } from "../authority";
import type { CloudContext, Firewall, Instances, Pods, Units } from "../context";
import { SETTLED, type Controller, type Records, type ResourceName, type Standing, type Unit } from "../controller";
import { ShortPaths } from "../machines/short-paths";
import type { Processes } from "../processes";
import { forwardingRules } from "./forwarding-rules";
import { gateways } from "./gateways";
import { balancersFolder, FOLDER } from "./folder";
import type { ProxiedFrontend } from "./haproxy/config";
import { Haproxy } from "./haproxy/haproxy";
import { serverKey } from "./haproxy/server-states";
import { backendsOf, keyOf, type Frontend, type Interpreted, type LoadBalancer, type UdpFrontend } from "./plan";
import { services } from "./services";
import type { Surroundings } from "./surroundings";
import { KINDS, TYPES } from "./types";
import { UdpForwarders } from "./udp-forwarders";

export interface LoadBalancersOptions {
  readonly instances: Instances;
  readonly pods: Pods;
  readonly firewall: Firewall;
  /** The certificates that listeners name. */
  readonly certificates: CertificateSource;
  readonly processes: Pick<Processes, "start">;
}

/** Parts of load balancers: a change of one is in force once its HAProxy has loaded it. */
const PARTS = [
  TYPES.targetTcpProxy,
  TYPES.backendService,
  KINDS.httpRoute,
  KINDS.healthCheckPolicy,
  KINDS.backendPolicy,
  KINDS.gatewayPolicy,
];

export class LoadBalancers implements Controller, Units {
  readonly name = "load balancers";
  readonly awaited = [TYPES.forwardingRule, KINDS.gateway, KINDS.service, ...PARTS];
  private readonly proxies = new Map<string, Haproxy>();
  private readonly forwarders: UdpForwarders;
  private readonly paths: ShortPaths;
  private executable: string | undefined;
  private balancers: ReadonlyMap<string, LoadBalancer> = new Map();
  private refused: ReadonlyMap<string, string> = new Map();
  private claims: ReadonlySet<string> = new Set();

  constructor(
    private readonly context: CloudContext,
    private readonly options: LoadBalancersOptions,
  ) {
    this.forwarders = new UdpForwarders(context.log);
    this.paths = new ShortPaths(balancersFolder(context.directory));
  }

  async reconcile(records: Records): Promise<void> {
    const { instances, pods, firewall, certificates } = this.options;
    const claims = new Set<string>();
    const { network } = this.context;
    const claim = (owner: string) => {
      claims.add(owner);
      return network.claim(owner);
    };
    const surroundings: Surroundings = {
      records,
      network: { claim, port: (port) => network.port(port) },
      instances,
      pods,
      firewall,
      certificates,
    };
    this.take([...forwardingRules(surroundings), ...gateways(surroundings), ...services(surroundings)]);
    await this.serve();
    for (const owner of this.claims) if (!claims.has(owner)) network.release(owner);
    this.claims = claims;
  }

  standing(resource: ResourceName): Standing {
    const key = keyOf(resource);
    const refusal = this.refused.get(key);
    if (refusal !== undefined) return { is: "failed", because: refusal };
    const balancer = this.balancers.get(key);
    if (balancer !== undefined) return standingOf(this.isDown(balancer) ? undefined : this.listeningTrouble(balancer));
    // It is a part of others, or it is gone: settled once nothing is being changed any more.
    return standingOf(
      [...this.proxies.values()].map(({ trouble }) => trouble).find((trouble) => trouble !== undefined),
    );
  }

  /**
   * Addresses of Kubernetes Services, by cluster (host name of its endpoint) and name within it
   * (`control-api.resolution.svc.cluster.local`).
   */
  serviceAddresses(): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
    const clusters = new Map<string, Map<string, readonly string[]>>();
    for (const { service } of this.balancers.values()) {
      if (service === undefined) continue;
      const names = clusters.get(service.cluster) ?? new Map<string, readonly string[]>();
      clusters.set(service.cluster, names.set(service.fqdn, [service.address]));
    }
    return clusters;
  }

  units(): readonly Unit[] {
    return [...this.balancers.values()].map((balancer): Unit => {
      const { unit: name, failureDomain, role, region, address } = balancer;
      const [trouble] = this.troubles(balancer);
      const pids = this.isDown(balancer) ? [] : (this.proxies.get(groupOf(balancer))?.pids ?? []);
      const state = trouble === undefined ? { healthy: true } : { healthy: false, trouble };
      return { name, kind: "load balancer", failureDomain, role, region, address, pids, ...state };
    });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.stop()));
    this.proxies.clear();
    await this.forwarders.stop();
    this.paths.remove();
  }

  private take(all: readonly Interpreted[]): void {
    const isRefused = (item: Interpreted) => "refused" in item;
    this.refused = new Map(all.flatMap((item) => ("refused" in item ? [[keyOf(item.resource), item.refused]] : [])));
    const sound = all.filter((item): item is LoadBalancer => !isRefused(item));
    this.balancers = new Map(sound.map((balancer) => [keyOf(balancer.resource), balancer]));
  }

  /** Has every HAProxy and forwarder do what the load balancers say, and ends those that nobody needs any more. */
  private async serve(): Promise<void> {
    const groups = new Map<string, Frontend[]>();
    for (const balancer of this.balancers.values()) {
      const frontends = groups.get(groupOf(balancer)) ?? [];
      groups.set(groupOf(balancer), this.isDown(balancer) ? frontends : [...frontends, ...balancer.frontends]);
    }
    const blocked = this.partitioned();
    for (const [group, frontends] of groups) {
      const proxied = frontends.filter((frontend): frontend is ProxiedFrontend => frontend.kind !== "udp");
      (await this.proxyOf(group)).run({ frontends: proxied, blocked });
    }
    for (const [group, proxy] of this.proxies) {
      if (groups.has(group)) continue;
      this.proxies.delete(group);
      await proxy.stop();
    }
    const all = [...groups.values()].flat();
    await this.forwarders.run(all.filter((frontend): frontend is UdpFrontend => frontend.kind === "udp"));
  }

  private async proxyOf(group: string): Promise<Haproxy> {
    const known = this.proxies.get(group);
    if (known !== undefined) return known;
    this.executable ??= await findHaproxy("haproxy");
    const { directory, log } = this.context;
    const { processes } = this.options;
    const file = group.replaceAll("/", "-");
    const proxy = new Haproxy({
      name: group,
      executable: this.executable,
      directory: this.folder(file),
      logFile: join(directory, "logs", FOLDER, `${file}.log`),
      processes,
      log,
    });
    this.proxies.set(group, proxy);
    return proxy;
  }

  /** Made before it gets a short name: a link to what is not there leads nowhere. */
  private folder(file: string): string {
    const folder = join(balancersFolder(this.context.directory), file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return this.paths.of(folder);
  }

  /** Addresses of the machines that cannot reach the control plane. */
  private partitioned(): string[] {
    const { partitioned } = this.context.faults();
    const cut = this.options.instances.all().filter(({ machine }) => partitioned.includes(machine.spec.failureDomain));
    return cut.map(({ address }) => address).sort();
  }

  private isDown({ unit }: LoadBalancer): boolean {
    return this.context.faults().down.includes(unit);
  }

  private listeningTrouble(balancer: LoadBalancer): string | undefined {
    const troubles = balancer.frontends.map((frontend) =>
      frontend.kind === "udp" ? this.forwarders.trouble(frontend) : this.proxies.get(groupOf(balancer))?.trouble,
    );
    return troubles.find((trouble) => trouble !== undefined);
  }

  /** What is the matter, the worst first. */
  private troubles(balancer: LoadBalancer): string[] {
    if (this.isDown(balancer)) return ["down: a fault was injected"];
    const listening = this.listeningTrouble(balancer);
    return [...(listening === undefined ? [] : [listening]), ...balancer.troubles, ...this.unwell(balancer)];
  }

  /** Backends without a server that answers its health check. */
  private unwell(balancer: LoadBalancer): string[] {
    const well = this.proxies.get(groupOf(balancer))?.well ?? new Set();
    const checked = balancer.frontends.flatMap(backendsOf).filter(({ healthCheck }) => healthCheck !== undefined);
    return checked.flatMap(({ name, servers }) => {
      const isWell = servers.some((server) => well.has(serverKey(name, server.name)));
      return isWell ? [] : [`none of ${servers.length} servers of ${name} passes its health check`];
    });
  }
}

/** Who shares an HAProxy: it is in one failure domain, and in one region. */
function groupOf({ failureDomain, region }: LoadBalancer): string {
  return `${failureDomain}/${region}`;
}

function standingOf(trouble: string | undefined): Standing {
  return trouble === undefined ? SETTLED : { is: "pending", because: trouble };
}

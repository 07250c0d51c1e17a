/** The local cloud put together. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { serveApi, type Answering, type Health, type PublicPorts, type SettleRequest } from "./api";
import { Certificates, ensureAuthority, type Authority } from "./authority";
import { SOCKET_FILE } from "./client";
import { InstanceGroups, RecordedFirewall } from "./compute";
import type { CloudContext, Instances, Log, Pods, Units } from "./context";
import { NO_FAULTS, type Controller, type Faults, type Unit } from "./controller";
import { CloudDns, Resolver } from "./dns";
import { GoogleApis, LocalIdentities, workloadAccount } from "./identity";
import { Workloads } from "./kubernetes";
import { LoadBalancers } from "./load-balancers";
import { LocalNetwork } from "./local-network";
import { LocalMachines } from "./machines";
import type { Endpoint } from "./network";
import { checkPrograms } from "./programs";
import { Processes } from "./processes";
import { FolderRecords } from "./records";
import { Reconciler, type Outcome } from "./reconciler";
import { LocalRegistry } from "./registry";
import { CloudSql } from "./sql";

/** Ports of the platform's public addresses, before they are moved. */
const PUBLIC: PublicPorts = { http: 80, https: 443, dns: 53 };

/** What exists once, whatever is recorded. */
interface Foundations {
  readonly directory: string;
  readonly log: Log;
  readonly network: LocalNetwork;
  readonly processes: Processes;
  readonly authority: Authority;
  readonly registry: LocalRegistry;
}

export class LocalCloud implements Answering {
  /** Resolves once somebody asks it to stop. */
  readonly stopRequested: Promise<void>;
  private requestStop: () => void = () => undefined;
  private readonly machines: LocalMachines;
  private readonly identities: LocalIdentities;
  private readonly resolverService: Resolver;
  private readonly reconciler: Reconciler;
  private readonly controllers: readonly Controller[];
  private readonly listed: readonly Units[];
  private injected: Faults = NO_FAULTS;
  private api: Server | undefined;

  /**
   * Starts it on the records below a directory, and begins to make them real. Rejects where another one runs there, and where a program
   * that it needs is missing.
   */
  static async start(directory: string, log: Log): Promise<LocalCloud> {
    checkPrograms();
    const network = await LocalNetwork.open(directory);
    const processes = new Processes({ directory, log });
    await processes.endLeftovers();
    const authority = await ensureAuthority(directory);
    const registry = new LocalRegistry({ directory, log });
    await registry.prepare();
    const cloud = new LocalCloud({ directory, log, network, processes, authority, registry });
    await cloud.begin();
    return cloud;
  }

  private constructor(private readonly foundations: Foundations) {
    this.stopRequested = new Promise((resolve) => (this.requestStop = resolve));
    const { directory, log, network, processes, authority, registry } = foundations;
    const records = new FolderRecords(directory);
    const machines = () => this.machines;
    const context: CloudContext = {
      directory,
      network,
      log,
      records,
      faults: () => this.injected,
      wake: () => this.reconciler.wake(),
      // Machines are told of identities, which are made first.
      get machines() {
        return machines();
      },
    };
    this.identities = new LocalIdentities(context, { clusterOf: (address) => clusterOf(instances, address) });
    const authorityFile = authority.certificateFile;
    this.machines = new LocalMachines({ ...context, processes, registry, identities: this.identities, authorityFile });
    const firewall = new RecordedFirewall();
    const instances = new InstanceGroups(context, firewall);
    const pods = new Workloads(context, { workloadAccount });
    const certificates = new Certificates(context, authority);
    const dns = new CloudDns(context, { processes });
    const sql = new CloudSql(context, { identities: this.identities, authority, processes });
    const balancers = new LoadBalancers(context, { instances, pods, firewall, certificates, processes });
    const serviceAddresses = (name: string, client: string) => seenBy(balancers, pods, name, client);
    this.resolverService = new Resolver(context, { serviceAddresses });
    new GoogleApis(context, { identities: this.identities, instances, firewall });
    // In the order in which they build on each other.
    this.controllers = [this.identities, certificates, dns, sql, instances, pods, balancers];
    this.listed = [dns, sql, instances, pods, balancers];
    this.reconciler = new Reconciler(this.controllers, records, log);
  }

  health(): Health {
    return { pid: process.pid, network: this.foundations.network.range };
  }

  units(): readonly Unit[] {
    return this.listed.flatMap((source) => source.units());
  }

  token(email: string, audience: string): Promise<string> {
    return this.identities.identityToken(email, audience);
  }

  faults(): Faults {
    return this.injected;
  }

  setFaults({ down, partitioned }: Faults): void {
    this.injected = { down: [...down], partitioned: [...partitioned] };
    this.foundations.log.warn({ faults: this.injected }, "faults of a drill");
    this.machines.applyFaults();
    this.reconciler.wake();
  }

  settle({ patienceSeconds, ...resource }: SettleRequest): Promise<Outcome> {
    return this.reconciler.settle(resource, patienceSeconds * 1000);
  }

  publicPorts(): PublicPorts {
    const { network } = this.foundations;
    return { http: network.port(PUBLIC.http), https: network.port(PUBLIC.https), dns: network.port(PUBLIC.dns) };
  }

  resolver(): Endpoint {
    return this.resolverService.endpoint;
  }

  /** Asks whoever runs this to stop it: the answer can still be sent. */
  stop(): void {
    this.requestStop();
  }

  /**
   * Ends everything that it has started, within seconds: it is one machine that is shut down. VMs and pods lose their power, which what
   * they keep on disk is made to survive, since without each other they have nobody to hand over to; databases end in good order.
   */
  async end(): Promise<void> {
    await this.reconciler.stop();
    await this.machines.powerOff();
    for (const controller of [...this.controllers].reverse()) await controller.stop();
    await this.resolverService.stop();
    await this.foundations.processes.stop();
    if (this.api !== undefined) {
      const closed = once(this.api, "close");
      this.api.close();
      this.api.closeAllConnections();
      await closed;
    }
    rmSync(this.socket, { force: true });
    await this.foundations.network.close();
  }

  private async begin(): Promise<void> {
    await this.identities.start();
    await this.resolverService.start();
    this.reconciler.start();
    this.api = await serveApi(this.socket, this);
  }

  private get socket(): string {
    return join(this.foundations.directory, SOCKET_FILE);
  }
}

/** The failure domain of the VM that has an address. */
function clusterOf(instances: Instances, address: string): string | undefined {
  return instances.all().find((instance) => instance.address === address)?.machine.spec.failureDomain;
}

/** The addresses of a Service by its name within the cluster that the client's pod is in. */
function seenBy(balancers: LoadBalancers, pods: Pods, name: string, client: string): readonly string[] | undefined {
  const [, namespace = ""] = name.split(".");
  for (const [cluster, services] of balancers.serviceAddresses()) {
    if (pods.selected(cluster, namespace, {}).some(({ address }) => address === client)) return services.get(name);
  }
  return undefined;
}

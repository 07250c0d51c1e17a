/**
 * The whole resolution service on one machine, as processes: PostgreSQL, replicas of the control API, name servers with an agent
 * and a Knot each, run from the bundles that their images hold; beside them, in the test's own process, a token issuer and the
 * clusters' simulated edges and hosts.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ControlApi } from "../../../services/contracts/client";
import type { ClusterDocument } from "../../../services/contracts/cluster";
import { FINAL_PHASES, PHASES, type Phase } from "../../../services/contracts/transfers";
import type { Transfer } from "../../../services/contracts/resources";
import { LocalIssuer } from "../../../sandbox/issuer";
import { TestPostgres, type PostgresAddress } from "../../support/postgres";
import { until } from "../../support/until";
import { ApiReplica, AUDIENCE, CALLERS, SHORT_TIMINGS, ZONE, type Timings } from "./api-replica";
import { CLUSTERS, writeClusters } from "./clusters";
import { Fleet } from "./fleet";
import { Link } from "./link";
import { NameServer } from "./name-server";
import { bundledProgram } from "./program";
import { Visitors } from "./visitors";

export interface SystemOptions {
  /** Of the control API. Default 1. */
  readonly replicas?: number;
  /** Default 2. */
  readonly nameServers?: number;
  readonly clusters?: readonly ClusterDocument[];
  /** Simulated nodes of each kind in each cluster. Default 1. */
  readonly edges?: number;
  readonly hosts?: number;
  readonly timings?: Partial<Timings>;
  /** Name servers do not limit the rate of their answers: for measuring. */
  readonly unlimited?: boolean;
  /** `<address>:<port>` of the name server that knows custom domains. Default: the machine's. */
  readonly domainResolver?: string;
  /** Fills the store before the control API starts. */
  readonly seed?: (database: PostgresAddress) => Promise<void>;
}

export class System {
  readonly visitors: Visitors;

  private constructor(
    readonly postgres: TestPostgres,
    readonly database: PostgresAddress,
    readonly issuer: LocalIssuer,
    readonly replicas: readonly ApiReplica[],
    /** The load balancer that callers, edges and hosts use; name servers have one each. */
    readonly link: Link,
    readonly nameServers: readonly NameServer[],
    readonly fleet: Fleet,
    readonly clusters: readonly ClusterDocument[],
    private readonly cleanUp: Cleanup,
  ) {
    this.visitors = new Visitors({ fleet, nameServers, zone: ZONE, clusters });
  }

  /** Starts everything, and resolves once every name server answers and every node follows the feed. */
  static async start(options: SystemOptions = {}): Promise<System> {
    const cleanUp = new Cleanup();
    try {
      const system = await System.create(options, cleanUp);
      await Promise.all(system.replicas.map((replica) => replica.start()));
      system.fleet.start();
      await Promise.all(system.nameServers.map((server) => server.start()));
      await system.settled();
      return system;
    } catch (error) {
      await cleanUp.run();
      throw error;
    }
  }

  private static async create(options: SystemOptions, cleanUp: Cleanup): Promise<System> {
    const { replicas = 1, nameServers = 2, clusters = CLUSTERS, edges = 1, hosts = 1 } = options;
    const timings = { ...SHORT_TIMINGS, ...options.timings };
    const directory = mkdtempSync(join(tmpdir(), "resolution-"));
    cleanUp.add(() => Promise.resolve(rmSync(directory, { recursive: true, force: true })));
    const clustersDirectory = join(directory, "clusters");
    writeClusters(clustersDirectory, clusters);
    const [apiCommand, agentCommand] = await Promise.all([
      bundledProgram("control-api", join(directory, "programs")),
      bundledProgram("node-agent", join(directory, "programs")),
    ]);
    const postgres = await TestPostgres.start({ durable: true });
    cleanUp.add(() => postgres.stop());
    const database = await postgres.createDatabase();
    await options.seed?.(database);
    const issuer = await LocalIssuer.start();
    cleanUp.add(() => issuer.stop());
    const metadataHost = await issuer.metadataServer(CALLERS.dns);

    const apis = await times(replicas, (index) =>
      ApiReplica.create({
        name: `api-${index}`,
        command: apiCommand,
        database,
        issuer,
        clustersDirectory,
        timings,
        domainResolver: options.domainResolver,
      }),
    );
    for (const api of apis) cleanUp.add(() => api.stop());
    const apiPorts = apis.map(({ port }) => port);
    const link = await Link.open(apiPorts);
    cleanUp.add(() => link.close());
    const servers = await times(nameServers, (index) =>
      NameServer.create({
        name: `dns-${index}`,
        command: agentCommand,
        directory: join(directory, `dns-${index}`),
        apiPorts,
        metadataHost,
        ttlSeconds: timings.TTL_SECONDS,
        unlimited: options.unlimited ?? false,
      }),
    );
    for (const server of servers) cleanUp.add(() => server.stop());
    const fleetDirectory = join(directory, "fleet");
    mkdirSync(fleetDirectory);
    const tokens = new Tokens(issuer);
    const tokenOf = (email: string) => tokens.of(email);
    const fleet = new Fleet({ clusters, edges, hosts, url: link.url, tokenOf, directory: fleetDirectory });
    cleanUp.add(() => fleet.stop());
    const system = new System(postgres, database, issuer, apis, link, servers, fleet, clusters, cleanUp);
    cleanUp.add(() => system.visitors.stop());
    return system;
  }

  /** Ends every process and removes every file, whatever state it is in. */
  async stop(): Promise<void> {
    await this.cleanUp.run();
  }

  /** A client for somebody with a role; at one replica, or at whichever the load balancer chooses. */
  client(role: keyof typeof CALLERS, replica?: ApiReplica): ControlApi {
    const url = replica === undefined ? this.link.url : `http://127.0.0.1:${replica.port}`;
    return new ControlApi({ url, token: () => this.token(CALLERS[role]) });
  }

  async token(email: string): Promise<string> {
    return await this.issuer.token({ email, audience: AUDIENCE });
  }

  /** The cluster that an address is the hosting address of. */
  clusterAt(address: string | undefined): string | undefined {
    return this.clusters.find(({ hostingAddress }) => hostingAddress === address)?.name;
  }

  /** Clusters that the name servers send a user's visitors to, in the servers' order. */
  async publishedClusters(user: string): Promise<(string | undefined)[]> {
    const answers = await Promise.all(this.nameServers.map((server) => server.ask(`app.${user}`)));
    return answers.map(({ addresses: [first] }) => this.clusterAt(first));
  }

  /**
   * Resolves once every name server answers and no node has anything left to apply. `realNodes` follow the feed beside those
   * that are simulated.
   */
  async settled(realNodes = 0): Promise<void> {
    const expected = this.fleet.nodes.length + this.nameServers.length + realNodes;
    await until("every node following the feed", async () => {
      const { items } = await this.client("operator").listNodes();
      return items.length === expected && items.every(({ live, lag }) => live && lag === 0);
    });
    await until("every name server answering", async () => {
      const answers = await Promise.all(this.nameServers.map((server) => server.ask("anybody").catch(() => undefined)));
      return answers.every((answer) => this.clusterAt(answer?.addresses[0]) !== undefined);
    });
  }

  /** Resolves with the transfer once it is in one of the phases; rejects when it ends in another. */
  async reaches(id: string, ...phases: Phase[]): Promise<Transfer> {
    const operator = this.client("operator");
    return await until(`transfer in ${phases.join(" or ")}`, async () => {
      const transfer = await operator.getTransfer(id).catch(() => undefined);
      if (transfer === undefined || phases.includes(transfer.phase)) return transfer;
      const hasEnded = (FINAL_PHASES as readonly string[]).includes(transfer.phase);
      if (hasEnded) throw new Error(`the transfer ended ${transfer.phase}: ${transfer.outcome ?? "no reason given"}`);
      return undefined;
    });
  }

  /** Whether no transfer is under way or waiting. */
  async isIdle(): Promise<boolean> {
    const operator = this.client("operator");
    const running = PHASES.filter((phase) => !(FINAL_PHASES as readonly string[]).includes(phase));
    for (const phase of running) {
      if ((await operator.listTransfers({ phase, limit: 1 })).items.length > 0) return false;
    }
    return true;
  }

  /** The end of each process's output, for a test that has failed. */
  logs(): string {
    const children = [...this.replicas, ...this.nameServers.flatMap(({ agent, knot }) => [agent, knot])];
    return children.map(({ name, log }) => `--- ${name}\n${log.slice(-8000)}`).join("\n");
  }
}

/** Tokens, each made once. */
class Tokens {
  private readonly made = new Map<string, Promise<string>>();

  constructor(private readonly issuer: LocalIssuer) {}

  of(email: string): Promise<string> {
    const token = this.made.get(email) ?? this.issuer.token({ email, audience: AUDIENCE });
    this.made.set(email, token);
    return token;
  }
}

/** What is to be done in the end: last things first, and each whatever becomes of the others. */
class Cleanup {
  private readonly steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.steps.push(step);
  }

  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.splice(0).reverse()) {
      await step().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, "not everything could be stopped");
  }
}

async function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let index = 1; index <= count; index++) made.push(await make(index));
  return made;
}

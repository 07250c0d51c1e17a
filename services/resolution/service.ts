/** One replica of the control API: its parts, the order in which they start, and the order in which they stop. */
import { setTimeout as delay } from "node:timers/promises";
import type { AddressInfo } from "node:net";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { Pool } from "pg";
import type { ClusterDocument } from "../contracts/cluster";
import { backoffMs, type Backoff } from "../contracts/follow/backoff";
import { Problem } from "../contracts/problems";
import { knownDocuments, readDocuments, syncClusters, watchClusters, type ClusterWatch } from "./clusters";
import { Directory, followDirectory } from "./directory";
import { dnsLookup } from "./domains";
import { FeedHub } from "./feed/hub";
import { Identity } from "./identity";
import { IssuerKeys } from "./identity/issuer-keys";
import { TokenVerifier } from "./identity/tokens";
import { Metrics } from "./metrics";
import { MetricsServer } from "./metrics/server";
import { StoreGauges } from "./metrics/store-gauges";
import { NodeRegistry } from "./nodes/registry";
import { SchemaWatch } from "./schema-watch";
import { createServer } from "./server";
import type { Settings } from "./settings";
import { poolConfig } from "./store-access";
import { openPool, transaction } from "./store/database";
import { startHousekeeping } from "./store/housekeeping";
import { migrate } from "./store/migrate";
import { TransferDriver } from "./transfers";

/** Between tries to reach the store at the start. */
const START_BACKOFF: Backoff = { baseMs: 500, maxMs: 5_000 };

export interface ServiceOptions {
  readonly settings: Settings;
  readonly log: FastifyBaseLogger;
  /** Password of connections to Cloud SQL. */
  readonly accessToken: () => Promise<string>;
  /** Milliseconds between looks at the store's schema. Default: see {@link SchemaWatch}. */
  readonly schemaCheckMs?: number;
}

/** What it listens on. */
export interface ServicePorts {
  readonly port: number;
  readonly metricsPort: number;
}

export class ResolutionService {
  private readonly pool: Pool;
  private readonly identity: Identity;
  private readonly directory: Directory;
  private readonly hub: FeedHub;
  private readonly registry: NodeRegistry;
  private readonly driver: TransferDriver;
  private readonly metrics: Metrics;
  private readonly gauges: StoreGauges;
  private readonly metricsServer: MetricsServer;
  private readonly schema: SchemaWatch;
  private readonly stopping = new AbortController();
  private app: FastifyInstance | undefined;
  private stopped: Promise<void> | undefined;
  private starting: Promise<ServicePorts> | undefined;
  private watch: ClusterWatch | undefined;
  private following: Promise<void> | undefined;
  private stopHousekeeping: (() => Promise<void>) | undefined;

  constructor(private readonly options: ServiceOptions) {
    const { settings, log, accessToken } = options;
    const database = poolConfig(settings.database, accessToken);
    this.pool = openPool(database);
    this.identity = identityOf(settings);
    this.directory = new Directory({ zone: settings.zone, ttlSeconds: settings.timings.ttlSeconds });
    this.hub = new FeedHub({ pool: this.pool, log });
    this.registry = new NodeRegistry({ pool: this.pool });
    this.metrics = new Metrics({
      stalenessSeconds: () => this.directory.stalenessSeconds,
      followers: () => this.registry.connections,
    });
    this.gauges = new StoreGauges(this.pool, this.metrics.registry);
    this.metricsServer = new MetricsServer(this.metrics.registry);
    this.driver = new TransferDriver(database, settings.timings, log, { onPublished: this.metrics.observePublication });
    this.schema = new SchemaWatch(this.pool, {
      onUnfit: (error) => void this.stepBack(error),
      ...(options.schemaCheckMs !== undefined && { periodMs: options.schemaCheckMs }),
    });
  }

  /**
   * Starts everything; resolves once it serves, with the ports. Until then it listens and is alive but not ready: it waits for the
   * store, however long, and can do without it afterwards. Throws what no waiting helps with: documents with a mistake, a schema
   * that is too new.
   */
  async start(): Promise<ServicePorts> {
    this.starting = this.startAll();
    return await this.starting;
  }

  /**
   * Stops: hands transfers over to another replica, ends the feeds, answers what is under way, writes what nodes have said, and lets
   * go of the store. May be called while it starts, and again.
   */
  async stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    await this.stopped;
  }

  private async stopAll(): Promise<void> {
    this.stopping.abort();
    await this.starting?.catch(() => undefined);
    await this.driver.stop();
    const closing = this.app?.close();
    await this.hub.stop();
    await closing;
    await this.registry.stop();
    await this.watch?.stop();
    await this.following;
    await this.schema.stop();
    await this.stopHousekeeping?.();
    await this.gauges.stop();
    await this.metricsServer.stop();
    await this.pool.end();
  }

  private async startAll(): Promise<ServicePorts> {
    const { settings, log } = this.options;
    const documents = await readDocuments(settings.clustersDirectory);
    const ports = { metricsPort: await this.metricsServer.listen(settings.metricsPort), port: await this.listen() };
    await this.withStore(async () => {
      await migrate(this.pool);
      await this.takeClusters(documents);
    });
    this.stopping.signal.throwIfAborted();
    this.watch = watchClusters(settings.clustersDirectory, (changed) => this.takeClusters(changed), {
      onError: (error) => log.error({ err: error }, "clusters: the documents are not in force; the last good ones are"),
    });
    this.hub.start();
    this.registry.start();
    this.following = followDirectory(this.directory, this.hub, this.stopping.signal, (error) =>
      log.error({ err: error }, "directory: the feed broke off; following anew"),
    );
    this.gauges.start();
    this.stopHousekeeping = startHousekeeping(this.pool, {
      onError: (error) => log.warn({ err: error }, "housekeeping: a round failed; the next one tries again"),
    });
    this.driver.start();
    this.schema.start();
    return ports;
  }

  private async listen(): Promise<number> {
    const { settings, log } = this.options;
    this.app = await createServer({
      log,
      pool: this.pool,
      identity: this.identity,
      directory: this.directory,
      hub: this.hub,
      registry: this.registry,
      zones: settings,
      placement: settings,
      lookup: dnsLookup(settings.resolvers),
      schemaFits: () => this.schema.fits,
      observe: this.metrics.observeRequest,
    });
    await this.app.listen({ port: settings.port, host: "0.0.0.0" });
    return (this.app.server.address() as AddressInfo).port;
  }

  private async takeClusters(documents: readonly ClusterDocument[]): Promise<void> {
    const { settings, log } = this.options;
    const { sync, known } = await transaction(this.pool, async (tx) => ({
      sync: await syncClusters(tx, documents, settings.defaultCluster),
      known: await knownDocuments(tx),
    }));
    this.identity.useClusters(known);
    log.info(sync, "clusters: the documents are in force");
    if (sync.kept.length > 0) {
      log.warn({ kept: sync.kept }, "clusters: not in the environment any more, and kept until nobody lives there");
    }
  }

  /** Leaves the store to the release that has migrated it: it must not be written to by rules that hold no more. */
  private async stepBack(error: unknown): Promise<void> {
    this.options.log.fatal({ err: error }, "not ready any more: the store's schema breaks this release");
    await this.driver.stop();
  }

  /** Does what the start needs the store for, as soon as it can be reached. */
  private async withStore(work: () => Promise<void>): Promise<void> {
    for (let failures = 1; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Problem) || error.type !== "store-unavailable") throw error;
        this.options.log.warn({ err: error.cause }, "the store cannot be reached yet; trying again");
      }
      await delay(backoffMs(failures, START_BACKOFF), undefined, { signal: this.stopping.signal });
    }
  }
}

function identityOf({ identity: { issuer, audience, jwksUrl, bindings, dnsIdentity } }: Settings): Identity {
  const tokens = new TokenVerifier({ issuer, audience, keys: new IssuerKeys(jwksUrl) });
  return new Identity(tokens, { bindings, dnsIdentity, clusters: [] });
}

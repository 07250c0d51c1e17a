/**
 * Who follows the feed, and up to where it has applied it. Reports are written together, whichever replica they reach;
 * what is true is in the store, and this only knows which connections are its own.
 *
 * A node is its name; a process of it is an incarnation, of which the last to connect counts; and a process has one
 * connection, of which the last to any replica counts. Acknowledgements are also the sign of life, so nodes send them with
 * every heartbeat.
 */
import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { HEARTBEAT_SECONDS, scopeOf } from "../../contracts/feed";
import { Problem } from "../../contracts/problems";
import type { Acknowledgement, FeedQuery } from "../../contracts/resources";
import { transaction } from "../store/database";
import { Batcher } from "./batcher";
import { LEASE_MS } from "./list";
import { batchOf, keyOf, processOf, type NodeKey, type Report } from "./reports";
import { noteRequests } from "./requests";
import { writeBatch } from "./writes";

/** A node's connection to this replica. */
export interface NodeConnection {
  /** Aborts when another connection took its place, the node left or was forgotten, or nothing was heard of it. */
  readonly signal: AbortSignal;
  /** Ends it. `byNode` when it was the node that hung up; otherwise it stays alive for its lease, to connect elsewhere. */
  close(byNode: boolean): void;
}

export interface RegistryOptions {
  readonly pool: Pool;
  /** How often connections are held against the store. */
  readonly sweepMs?: number;
}

interface Open extends NodeKey {
  readonly connection: string;
  readonly ending: AbortController;
}

export class NodeRegistry {
  private readonly reports: Batcher<Report, boolean>;
  /** Own connections by their node. */
  private readonly open = new Map<string, Open>();
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(private readonly options: RegistryOptions) {
    this.reports = new Batcher((reports) => this.write(reports));
  }

  start(): void {
    const sweep = () => (this.sweeping ??= this.sweep().finally(() => (this.sweeping = undefined)));
    this.timer = setInterval(() => void sweep(), this.options.sweepMs ?? HEARTBEAT_SECONDS * 1000);
    this.timer.unref();
  }

  /** Ends all connections and writes what is left to write. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    for (const { ending } of this.open.values()) ending.abort();
    await this.reports.drain();
    await this.sweeping;
  }

  get connections(): number {
    return this.open.size;
  }

  /**
   * Registers a node that opens the feed. What a new process has in force is unknown until it acknowledges: from where on it wants
   * the feed is what it has received. Throws `store-unavailable`.
   */
  async connect(query: FeedQuery): Promise<NodeConnection> {
    const { kind, cluster, incarnation } = query;
    const node: NodeKey = { scope: scopeOf(kind, cluster), name: query.node };
    const connection = randomUUID();
    await this.reports.add({ type: "connected", ...node, kind, cluster, incarnation, connection });
    const open: Open = { ...node, connection, ending: new AbortController() };
    this.open.get(keyOf(node))?.ending.abort();
    this.open.set(keyOf(node), open);
    return { signal: open.ending.signal, close: (byNode) => this.close(open, byNode) };
  }

  /**
   * Writes what a node says of itself; resolves once it is committed. Throws `unknown-node` where the name belongs to another
   * process by now, or to none: the node then connects anew.
   */
  async acknowledge(name: string, acknowledgement: Acknowledgement): Promise<void> {
    const { kind, cluster, incarnation, revision, leaving = false, requested = [] } = acknowledgement;
    const scope = scopeOf(kind, cluster);
    if (!(await this.reports.add({ type: "acknowledged", scope, name, incarnation, revision, leaving }))) {
      throw new Problem("unknown-node", `node "${name}" of scope "${scope}" is not connected as this process: connect`);
    }
    if (kind !== "edge" || cluster === undefined || requested.length === 0) return;
    const users = requested.map((user) => ({ holder: cluster, user }));
    await transaction(this.options.pool, (tx) => noteRequests(tx, users));
  }

  private close(open: Open, byNode: boolean): void {
    const { scope, name, connection } = open;
    if (this.open.get(keyOf(open)) === open) this.open.delete(keyOf(open));
    // Where this cannot be written, the lease says the same a little later.
    if (byNode) this.reports.add({ type: "disconnected", scope, name, connection }).catch(() => undefined);
  }

  private async write(reports: readonly Report[]): Promise<boolean[]> {
    const known = await transaction(this.options.pool, (tx) => writeBatch(tx, batchOf(reports)));
    return reports.map((report) => report.type !== "acknowledged" || known.has(processOf(report)));
  }

  /** Ends connections that the store knows nothing of, or whose node has been silent. */
  private async sweep(): Promise<void> {
    const held = [...this.open.values()];
    if (held.length === 0) return;
    const alive = await this.aliveAmong(held).catch(() => undefined);
    // Without a store nothing is known against anybody.
    if (alive === undefined) return;
    for (const { connection, ending } of held) if (!alive.has(connection)) ending.abort();
  }

  private async aliveAmong(held: readonly Open[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.options.pool.query<{ connection: string }>(
      `select connection from nodes, service_clock
       where connection = any($1) and seen_ms > elapsed_ms - ${LEASE_MS}`,
      [held.map(({ connection }) => connection)],
    );
    return new Set(rows.map(({ connection }) => connection));
  }
}

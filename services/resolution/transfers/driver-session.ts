/** The driver's one connection: its lock, its ears and its transactions. */
import { Socket } from "node:net";
import type { Client, ClientConfig } from "pg";
import { NODES_CHANNEL } from "../nodes/writes";
import type { Queries } from "../store/database";
import { GENERIC_PLANS, PreparingClient } from "./preparing-client";
import { TRANSFERS_CHANNEL } from "./requests";

/** Held by the session of the driver that leads. */
const LOCK = "hashtextextended('transfers', 0)";
const CONNECT_TIMEOUT_MS = 5_000;
/** A batch takes some ten milliseconds; PostgreSQL gives a statement up before this side gives up waiting. */
const STATEMENT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 1_000;
/**
 * A leader whose machine is gone says no goodbye. PostgreSQL then notices by unanswered probes, after about fifteen seconds
 * instead of the operating system's two hours, and lets the lock go. (Without meaning on Unix sockets.)
 */
const PROBES = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=2";

export class DriverSession {
  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {}

  /** Connects; rejects when that takes too long. `onNews` is called when something may be due, and when the connection is lost. */
  static async open(config: ClientConfig, onNews: () => void): Promise<DriverSession> {
    const socket = new Socket();
    const client: Client = new PreparingClient({
      application_name: "resolution-transfers",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      options: `${PROBES} ${GENERIC_PLANS}`,
      ...config,
      stream: () => socket,
    });
    // Whoever queries next gets the error; a driver that sleeps is woken to do so.
    client.on("error", onNews);
    client.on("end", onNews);
    client.on("notification", onNews);
    const session = new DriverSession(client, socket);
    try {
      await client.connect();
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  get queries(): Queries {
    return this.client;
  }

  /** Takes the lock if it is free, and from then on hears of news. The lock is held until the session ends. */
  async lead(): Promise<boolean> {
    const { rows } = await this.client.query<{ leads: boolean }>(`select pg_try_advisory_lock(${LOCK}) as leads`);
    if (rows[0]?.leads !== true) return false;
    for (const channel of [TRANSFERS_CHANNEL, NODES_CHANNEL]) await this.client.query(`listen ${channel}`);
    return true;
  }

  /** Ends the connection, at once where the other side does not answer. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.socket.destroy(), CLOSE_TIMEOUT_MS);
    // A socket that is destroyed ends the client as well.
    await this.client.end().catch(() => undefined);
    clearTimeout(timer);
    this.socket.destroy();
  }
}

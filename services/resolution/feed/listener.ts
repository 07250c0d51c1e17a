/** One connection that hears of every commit to the feed, and reads what it heard of. Comes back by itself. */
import { Client, type ClientConfig, type QueryConfig, type QueryResult, type QueryResultRow } from "pg";
import { backoffMs, type Backoff } from "../../contracts/follow/backoff";
import { FEED_CHANNEL } from "../store/feed-writes";

/** A failover takes seconds; a replica should notice its end soon after. */
const RECONNECT: Backoff = { baseMs: 100, maxMs: 3_000 };
/** A read on this connection takes milliseconds: one that takes longer has no server at its other end. */
const QUERY_TIMEOUT_MS = 5_000;

export interface ListenerEvents {
  /** Connected and listening: whatever was committed meanwhile is to be read now. */
  onListening(): void;
  /** Something was committed. */
  onNotification(): void;
  /** The connection was lost or could not be made; called once until it is there again. */
  onLost(error: Error): void;
}

export class FeedListener {
  private client: Client | undefined;
  /** Resolves when no attempt to connect is under way. */
  private connecting: Promise<void> = Promise.resolve();
  private attempt: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private failures = 0;
  private stopped = true;

  constructor(
    private readonly config: ClientConfig,
    private readonly events: ListenerEvents,
  ) {}

  /** Begins to connect and does not wait for it. */
  start(): void {
    this.stopped = false;
    this.connecting = this.connect();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    const client = this.client ?? this.attempt;
    this.client = undefined;
    await client?.end().catch(() => undefined);
    await this.connecting;
  }

  get connected(): boolean {
    return this.client !== undefined;
  }

  /** Rejects where there is no connection. One on which a query fails is given up. */
  async query<R extends QueryResultRow>(text: string, values: unknown[] = []): Promise<QueryResult<R>> {
    const client = this.client;
    if (client === undefined) throw new Error("no connection to the store");
    try {
      return await client.query<R>(bounded(text, values));
    } catch (error) {
      this.lose(client, error);
      throw error;
    }
  }

  private async connect(): Promise<void> {
    const client = new Client(this.config);
    this.attempt = client;
    client.on("error", (error) => this.lose(client, error));
    client.on("end", () => this.lose(client, new Error("the store closed the connection")));
    client.on("notification", () => this.events.onNotification());
    try {
      await client.connect();
      await client.query(bounded(`listen ${FEED_CHANNEL}`));
    } catch (error) {
      void client.end().catch(() => undefined);
      this.reconnect(error);
      return;
    } finally {
      this.attempt = undefined;
    }
    if (this.stopped) {
      await client.end().catch(() => undefined);
      return;
    }
    this.client = client;
    this.failures = 0;
    this.events.onListening();
  }

  private lose(client: Client, error: unknown): void {
    if (this.client !== client) return;
    this.client = undefined;
    void client.end().catch(() => undefined);
    this.reconnect(error);
  }

  private reconnect(error: unknown): void {
    if (this.stopped) return;
    this.failures++;
    if (this.failures === 1) this.events.onLost(error instanceof Error ? error : new Error(String(error)));
    const retry = () => {
      this.connecting = this.connect();
    };
    this.retry = setTimeout(retry, backoffMs(this.failures, RECONNECT));
  }
}

/** `pg` takes the timeout per query; its types do not say so. */
function bounded(text: string, values: unknown[] = []): QueryConfig & { readonly query_timeout: number } {
  return { text, values, query_timeout: QUERY_TIMEOUT_MS };
}

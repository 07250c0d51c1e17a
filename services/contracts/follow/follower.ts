/**
 * Following the feed as a node: connects, reads, hands lines over, acknowledges, and comes back after whatever ends a
 * connection. Knows nothing of what the lines mean.
 */
import type { ReadableStream } from "node:stream/web";
import { setTimeout as delay } from "node:timers/promises";
import { HEARTBEAT_SECONDS, SILENCE_SECONDS, type FeedLine, type NodeKind } from "../feed";
import { Problem } from "../problems";
import { Acknowledgements, type Progress } from "./acknowledgements";
import { backoffMs, type Backoff } from "./backoff";
import { LineReader } from "./lines";
import { Deadline, refusalOf } from "./requests";

/** Where a follower tells what happens to its connection; a logger of Fastify's fits. */
export interface FollowerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** All in milliseconds. */
export interface FollowerTimings {
  /** From the attempt to connect to the answer's headers, the token included; and for an acknowledgement as a whole. */
  readonly requestMs: number;
  /** Silence after which a connection is given up. */
  readonly silenceMs: number;
  /** How often a sign of life is sent. */
  readonly heartbeatMs: number;
  /** Before the next attempt. */
  readonly backoff: Backoff;
  /** A connection that lasted this long counts as success, and the next attempt comes soon after its end. */
  readonly stableMs: number;
}

const TIMINGS: FollowerTimings = {
  requestMs: 10_000,
  silenceMs: SILENCE_SECONDS * 1000,
  heartbeatMs: HEARTBEAT_SECONDS * 1000,
  backoff: { baseMs: 500, maxMs: 15_000 },
  stableMs: 30_000,
};

export interface FollowerOptions {
  /** The control API, without a path. */
  readonly url: string;
  /** A valid bearer token; asked for before each request, so keep it. */
  readonly token: () => Promise<string>;
  readonly kind: NodeKind;
  readonly cluster?: string | undefined;
  /** The machine's or pod's name. */
  readonly node: string;
  /** A new UUID at every start of the process. */
  readonly incarnation: string;
  /**
   * Revision up to which lines have been taken, or, in a process that has just begun, were kept by the one before; asked for at
   * every connection. 0 for nothing. It acknowledges nothing.
   */
  after(): number;
  /** Takes lines, in order. Nothing more is read until it resolves; when it rejects, the follower connects anew. */
  onLines(lines: readonly FeedLine[]): Promise<void>;
  readonly log?: FollowerLog;
  readonly timings?: Partial<FollowerTimings>;
}

export class FeedFollower {
  private readonly timings: FollowerTimings;
  private readonly acknowledgements: Acknowledgements;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** The connection, once it has been answered. */
  private connection: Deadline | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private liveAt = -Infinity;

  constructor(private readonly options: FollowerOptions) {
    this.timings = { ...TIMINGS, ...options.timings };
    this.acknowledgements = new Acknowledgements((progress) => this.sendProgress(progress), this.timings.backoff);
  }

  /** Begins to follow, for as long as it is not stopped. */
  start(): void {
    this.running ??= this.run();
    this.heartbeat ??= setInterval(() => {
      if (this.connection !== undefined) this.acknowledgements.repeat();
    }, this.timings.heartbeatMs);
  }

  /** Ends the connection; resolves when `onLines` is not and will not be running. The node stays registered. */
  async stop(): Promise<void> {
    clearInterval(this.heartbeat);
    this.stopping.abort(new Error("stopped"));
    await Promise.all([this.running, this.acknowledgements.stop()]);
  }

  /** Stops, and tells that the node will not come back. Rejects when that could not be told: it is then waited for. */
  async leave(): Promise<void> {
    await this.stop();
    await this.send({ revision: this.acknowledgements.latest, leaving: true }, new AbortController().signal);
  }

  /**
   * Everything up to `revision` is on disk and in force. `requested`, for edges: users with a tombstone here who were asked for
   * since. Sent in the background until it is taken; what is acknowledged meanwhile goes with it.
   */
  acknowledge(revision: number, requested?: Iterable<string>): void {
    this.acknowledgements.report(revision, requested);
  }

  /** Whether the feed is being read now. */
  get connected(): boolean {
    return this.connection !== undefined;
  }

  /** Seconds since the state was whole and the store's own; infinite before the first time. */
  get stalenessSeconds(): number {
    return (performance.now() - this.liveAt) / 1000;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let failures = 0; !signal.aborted;) {
      const since = performance.now();
      const error = await this.follow().catch((reason: unknown) => reason);
      if (signal.aborted) return;
      failures = performance.now() - since >= this.timings.stableMs ? 1 : failures + 1;
      const waitMs = Math.round(this.waitFor(error, failures));
      this.options.log?.warn({ err: error, waitMs }, "feed: connection ended; connecting again");
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private waitFor(error: unknown, failures: number): number {
    const { backoff } = this.timings;
    const askedMs = error instanceof Problem ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    // On top of what the server asks for, because it asks everybody for the same.
    return Math.min(askedMs, backoff.maxMs) + backoffMs(failures, backoff);
  }

  /** One connection, to its end, which is never a success. */
  private async follow(): Promise<never> {
    const deadline = new Deadline(this.stopping.signal);
    try {
      const after = this.options.after();
      const body = await this.connect(deadline, after);
      this.connection = deadline;
      this.options.log?.info({ after }, "feed: connected");
      await this.read(body, new LineReader(after), deadline);
      throw new Error("the server ended the connection");
    } finally {
      this.connection = undefined;
      deadline.close();
    }
  }

  private async connect(deadline: Deadline, after: number): Promise<ReadableStream<Uint8Array>> {
    const { kind, cluster, node, incarnation } = this.options;
    deadline.set(this.timings.requestMs, "no answer");
    const query = { kind, ...(cluster !== undefined && { cluster }), node, incarnation, after: String(after) };
    const response = await fetch(this.at(`/v1/feed?${new URLSearchParams(query).toString()}`), {
      headers: await this.headers(deadline),
      signal: deadline.signal,
      redirect: "error",
    });
    if (!response.ok || response.body === null) throw await refusalOf(response);
    return response.body;
  }

  private async read(body: ReadableStream<Uint8Array>, reader: LineReader, deadline: Deadline): Promise<void> {
    const chunks = body.getReader();
    // Not left to fetch, which forgets the signal when the garbage collector has taken its request, while the body is still read.
    const cancel = () => void chunks.cancel().catch(() => undefined);
    deadline.signal.addEventListener("abort", cancel);
    for (;;) {
      deadline.set(this.timings.silenceMs, "nothing heard");
      const { done, value } = await chunks.read();
      deadline.signal.throwIfAborted();
      if (done) return;
      // What takes time now is the consumer's.
      deadline.clear();
      const { lines, fault } = reader.read(value);
      if (lines.length > 0) await this.options.onLines(lines);
      if (lines.at(-1)?.type === "live") this.liveAt = performance.now();
      if (fault !== undefined) throw fault;
      deadline.signal.throwIfAborted();
    }
  }

  private async sendProgress(progress: Progress): Promise<void> {
    const connection = this.connection;
    try {
      await this.send(progress, this.stopping.signal);
    } catch (error) {
      // The server knows this process no more, so what it sends is not for it either.
      if (error instanceof Problem && error.type === "unknown-node") connection?.abort(error);
      else this.options.log?.warn({ err: error, ...progress }, "feed: acknowledgement not taken; trying again");
      throw error;
    }
  }

  private async send(what: Progress & { readonly leaving?: true }, outer: AbortSignal): Promise<void> {
    const { kind, cluster, node, incarnation } = this.options;
    const deadline = new Deadline(outer);
    deadline.set(this.timings.requestMs, "no answer to an acknowledgement");
    try {
      const response = await fetch(this.at(`/v1/nodes/${encodeURIComponent(node)}/acknowledgements`), {
        method: "POST",
        headers: { ...(await this.headers(deadline)), "content-type": "application/json" },
        body: JSON.stringify({ kind, cluster, incarnation, ...what }),
        signal: deadline.signal,
        redirect: "error",
      });
      if (!response.ok) throw await refusalOf(response);
      await response.arrayBuffer();
    } finally {
      deadline.close();
    }
  }

  private async headers(deadline: Deadline): Promise<Record<string, string>> {
    return { authorization: `Bearer ${await deadline.race(this.options.token())}` };
  }

  private at(path: string): URL {
    return new URL(path, this.options.url);
  }
}

/** Hands datagrams on to one of several targets, and their answers back: what a network load balancer does for UDP. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Log } from "../context";
import type { Endpoint } from "../network";

/** Clients at once, each of which costs a socket; the one that was silent for longest makes room. */
const MAX_CLIENTS = 1000;
/** Milliseconds of silence after which a client is forgotten: a resolver asks again after a few seconds. */
const IDLE_MS = 15_000;
/** How often it is looked who was silent for so long, at most. */
const SWEEP_MS = 5_000;
/** Octets; a burst of questions waits here for its turn. */
const RECEIVE_BUFFER = 1 << 20;

export interface UdpForwarderOptions {
  readonly listen: Endpoint;
  readonly log: Log;
  readonly maxClients?: number;
  readonly idleMs?: number;
}

interface Client {
  readonly target: Endpoint;
  readonly upstream: Socket;
  lastMs: number;
}

export class UdpForwarder {
  /** In the order in which they were heard last. */
  private readonly clients = new Map<string, Client>();
  private readonly idleMs: number;
  private readonly timer: NodeJS.Timeout;
  private targets: readonly Endpoint[] = [];
  private next = 0;

  private constructor(
    private readonly options: UdpForwarderOptions,
    private readonly socket: Socket,
  ) {
    socket.on("message", (message, from) => this.forward(message, from));
    socket.on("error", (error) =>
      options.log.error({ err: error, ...options.listen }, "a UDP load balancer's socket failed"),
    );
    this.idleMs = options.idleMs ?? IDLE_MS;
    this.timer = setInterval(() => this.sweep(), Math.min(SWEEP_MS, this.idleMs)).unref();
  }

  /** Rejects where nobody can listen there. */
  static async open(options: UdpForwarderOptions): Promise<UdpForwarder> {
    const socket = createSocket({ type: "udp4", recvBufferSize: RECEIVE_BUFFER });
    const listening = once(socket, "listening");
    socket.bind(options.listen.port, options.listen.host);
    await listening;
    return new UdpForwarder(options, socket);
  }

  /** Who gets datagrams from now on; clients of others are given another one with their next. Without any they are dropped. */
  setTargets(targets: readonly Endpoint[]): void {
    this.targets = targets;
    for (const [key, { target }] of this.clients) if (!targets.some((other) => same(other, target))) this.forget(key);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const key of [...this.clients.keys()]) this.forget(key);
    const closed = once(this.socket, "close");
    this.socket.close();
    await closed;
  }

  private forward(message: Buffer, from: RemoteInfo): void {
    const key = `${from.address}:${from.port}`;
    const client = this.clients.get(key) ?? this.meet(from);
    if (client === undefined) return;
    client.lastMs = performance.now();
    this.clients.delete(key);
    this.clients.set(key, client);
    client.upstream.send(message, client.target.port, client.target.host);
  }

  private meet({ address, port }: RemoteInfo): Client | undefined {
    const target = this.targets[this.next++ % Math.max(1, this.targets.length)];
    if (target === undefined) return undefined;
    const [longestSilent] = this.clients.keys();
    if (this.clients.size >= (this.options.maxClients ?? MAX_CLIENTS) && longestSilent !== undefined)
      this.forget(longestSilent);
    const upstream = createSocket("udp4");
    const key = `${address}:${port}`;
    upstream.on("message", (answer, from) => {
      // Whoever else sends here is none of the client's business.
      if (same({ host: from.address, port: from.port }, target)) this.socket.send(answer, port, address);
    });
    upstream.on("error", () => this.forget(key));
    return { target, upstream, lastMs: performance.now() };
  }

  private forget(key: string): void {
    const client = this.clients.get(key);
    if (client === undefined) return;
    this.clients.delete(key);
    client.upstream.close();
  }

  private sweep(): void {
    const oldest = performance.now() - this.idleMs;
    for (const [key, { lastMs }] of this.clients) {
      if (lastMs > oldest) return;
      this.forget(key);
    }
  }
}

function same(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port;
}

/**
 * One TCP connection to Knot for signed requests, several of them in flight: Knot commits together what is queued, and a commit
 * costs as much as the zone is large.
 */
import { connect, type Socket } from "node:net";
import { backOff } from "./back-off";
import { decodeMessage, type Message } from "./wire/message";
import { frame, FrameReader } from "./wire/frames";
import { sign, TsigVerifier, type TsigKey } from "./wire/tsig";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionOptions {
  /** Requests in flight; more wait for their turn. Default 32, from which on 10,000 changes took no less time. */
  readonly maxInFlight?: number;
  /** Milliseconds that connecting, or an answer, may take. Default 15,000: thrice Knot's longest commit in a zone of a million users. */
  readonly timeoutMs?: number;
}

/** No answer: whether the request had an effect is not known. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

interface Pending {
  readonly verifier: TsigVerifier;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

export class Connection {
  private readonly maxInFlight: number;
  private readonly timeoutMs: number;
  private readonly pending = new Map<number, Pending>();
  private readonly waiting: (() => void)[] = [];
  private readonly closing = new AbortController();
  private socket: Socket | undefined;
  private opening: Promise<Socket> | undefined;
  private taken = 0;
  private lastId = 0;
  private failures = 0;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly key: TsigKey,
    { maxInFlight = 32, timeoutMs = 15_000 }: ConnectionOptions = {},
  ) {
    this.maxInFlight = maxInFlight;
    this.timeoutMs = timeoutMs;
  }

  /** Whether requests can be sent without connecting first. */
  get connected(): boolean {
    return this.socket !== undefined;
  }

  /**
   * Sends a request and resolves with its response, which is verified. Requests are sent in the order of the calls. Rejects with
   * ConnectionLost when there is no answer in time; connecting again is bounded in its rate.
   */
  async exchange(encode: (id: number) => Buffer): Promise<Message> {
    await this.take();
    try {
      const socket = await this.open();
      return await this.send(socket, encode);
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.taken--;
      else next();
    }
  }

  /** Ends the connection for good; requests in flight are rejected. */
  close(): void {
    this.closing.abort();
    this.drop(new ConnectionLost("the connection was closed"));
    for (const wake of this.waiting.splice(0)) wake();
  }

  private async take(): Promise<void> {
    // Who ends hands its place over, so that nobody overtakes those who wait.
    if (this.taken >= this.maxInFlight) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.taken++;
  }

  private open(): Promise<Socket> {
    if (this.closing.signal.aborted) return Promise.reject(new ConnectionLost("the connection was closed"));
    if (this.socket !== undefined) return Promise.resolve(this.socket);
    this.opening ??= this.connect().finally(() => (this.opening = undefined));
    return this.opening;
  }

  private async connect(): Promise<Socket> {
    const { signal } = this.closing;
    if (this.failures > 0) await backOff(this.failures, signal);
    try {
      const socket = await openSocket(this.endpoint, this.timeoutMs, signal);
      this.attach(socket);
      return socket;
    } catch (error) {
      this.failures++;
      throw error;
    }
  }

  private attach(socket: Socket): void {
    const frames = new FrameReader();
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const message of frames.push(chunk)) this.receive(message);
      } catch (error) {
        this.drop(new ConnectionLost(`Knot's answer cannot be read: ${String(error)}`));
      }
    });
    // Knot ends connections that are idle: the next request opens another.
    const lost = () => this.socket === socket && this.drop(new ConnectionLost("Knot closed the connection"));
    for (const event of ["error", "end", "close"]) socket.on(event, lost);
  }

  private send(socket: Socket, encode: (id: number) => Buffer): Promise<Message> {
    if (socket !== this.socket) return Promise.reject(new ConnectionLost("the connection was lost before the request"));
    const id = this.nextId();
    const { message, mac } = sign(encode(id), this.key, Math.floor(Date.now() / 1000));
    return new Promise((resolve, reject) => {
      const silent = () => this.drop(new ConnectionLost(`no answer from Knot in ${this.timeoutMs} ms`));
      const timer = setTimeout(silent, this.timeoutMs);
      this.pending.set(id, { verifier: new TsigVerifier(this.key, mac), timer, resolve, reject });
      socket.write(frame(message));
    });
  }

  private nextId(): number {
    do this.lastId = (this.lastId + 1) & 0xffff;
    while (this.pending.has(this.lastId));
    return this.lastId;
  }

  private receive(data: Buffer): void {
    const message = decodeMessage(data);
    const pending = this.pending.get(message.id);
    if (pending === undefined) return;
    this.pending.delete(message.id);
    clearTimeout(pending.timer);
    this.failures = 0;
    try {
      pending.verifier.accept(data, message.tsig);
      pending.resolve(message);
    } catch (error) {
      pending.reject(error as Error);
    }
  }

  /** Resets the connection, so that Knot does not act late on what it has not read yet. */
  private drop(error: Error): void {
    this.socket?.resetAndDestroy();
    this.socket = undefined;
    for (const { timer, reject } of this.pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.pending.clear();
  }
}

/** Connects; rejects with ConnectionLost when that fails, takes too long or is aborted. */
export async function openSocket(endpoint: Endpoint, timeoutMs: number, signal?: AbortSignal): Promise<Socket> {
  const { host, port } = endpoint;
  const limit = AbortSignal.timeout(timeoutMs);
  return await new Promise<Socket>((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const abort = () => socket.destroy(new Error("aborted"));
    const settle = () => {
      limit.removeEventListener("abort", abort);
      signal?.removeEventListener("abort", abort);
    };
    limit.addEventListener("abort", abort);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    socket.once("connect", () => {
      settle();
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error) => {
      settle();
      reject(new ConnectionLost(`Knot at ${host} port ${port} cannot be reached: ${error.message}`));
    });
  });
}

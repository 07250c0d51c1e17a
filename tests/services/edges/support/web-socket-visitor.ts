/** Somebody with a WebSocket to an app that echoes: opens it again where it was when it ends, and never asks DNS again. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { monotonicMs, type Endpoint } from "./http-load";

/** Between two messages. */
const MESSAGE_MS = 50;
/** Between two attempts to open one. */
const RETRY_MS = 100;
const OPEN_TIMEOUT_MS = 20_000;

/** One WebSocket, from its opening on. */
export interface Session {
  /** `<cluster>/<node>/<process>/<start id>`. */
  readonly servedBy: string;
  readonly openedMs: number;
  closedMs: number | undefined;
  /** Of its close frame; 1006 where there was none. */
  code: number | undefined;
  /** Messages that came back. */
  echoes: number;
}

export class WebSocketVisitor {
  readonly sessions: Session[] = [];
  /** Attempts to open one that were refused. */
  readonly refusals: string[] = [];
  private readonly running: Promise<void>;
  private readonly abort = new AbortController();
  private socket: WebSocket | undefined;

  /** Begins at once. */
  constructor(
    private readonly endpoint: Endpoint,
    private readonly host: string,
  ) {
    this.running = this.run();
  }

  /** The cluster whose app echoes now; none between two sessions. */
  get cluster(): string | undefined {
    const session = this.sessions.at(-1);
    return session?.closedMs === undefined ? session?.servedBy.split("/")[0] : undefined;
  }

  /** Closes it and resolves with all sessions; the last one ends with 1000. */
  async stop(): Promise<readonly Session[]> {
    this.abort.abort();
    // One that is being opened is closed when it is.
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.close(1000);
    await this.running;
    return this.sessions;
  }

  private get isStopping(): boolean {
    return this.abort.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        await this.session();
      } catch (error) {
        this.refusals.push((error as Error).message);
        await delay(RETRY_MS, undefined, { signal: this.abort.signal }).catch(() => undefined);
      }
    }
  }

  /** Resolves once it has ended; rejects where it was not opened. */
  private async session(): Promise<void> {
    const { host, port } = this.endpoint;
    const socket = new WebSocket(`ws://${host}:${port}/`, {
      headers: { host: this.host },
      handshakeTimeout: OPEN_TIMEOUT_MS,
    });
    this.socket = socket;
    const closed = once(socket, "close") as Promise<[number]>;
    closed.catch(() => undefined);
    // `once` rejects with the error of a handshake that was refused.
    const [answer] = (await once(socket, "upgrade")) as [IncomingMessage];
    const session: Session = {
      servedBy: String(answer.headers["x-served-by"]),
      openedMs: monotonicMs(),
      closedMs: undefined,
      code: undefined,
      echoes: 0,
    };
    this.sessions.push(session);
    socket.on("message", () => session.echoes++);
    const messages = setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send("anybody there?");
    }, MESSAGE_MS);
    socket.on("error", () => undefined);
    if (this.isStopping) socket.close(1000);
    [session.code] = (await once(socket, "close").catch((): [number] => [1006])) as [number];
    session.closedMs = monotonicMs();
    clearInterval(messages);
  }
}

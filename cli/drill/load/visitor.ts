/** One user's visitor: asks for the app at a steady rate, whatever becomes of the requests before, and keeps a WebSocket open. */
import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import { visit } from "../../live/visit";
import type { Closing, Request } from "../statistics";
import type { Names } from "./names";

/** Between two requests. */
const PAUSE_MS = 250;
/** A request that has no answer by then has failed. Longer than a move's pause. */
const TIMEOUT_MS = 20_000;
/** Requests of one visitor's under way at most; what exceeds it is not asked. */
const UNDER_WAY = 40;
/** Between two attempts to open a WebSocket, and between two messages on it. */
const RETRY_MS = 500;
const MESSAGE_MS = 500;
/** A WebSocket from which nothing has come back for so long is dead. */
const SILENT_MS = 10_000;
const DEAD = 1006;

export interface VisitorOptions {
  readonly user: string;
  /** Names of the app that answers, and of the one that echoes. */
  readonly hosts: { readonly http: string; readonly webSocket: string };
  readonly port: number;
  readonly names: Names;
  readonly asked: (request: Request) => void;
  readonly closed: (closing: Closing) => void;
}

export class Visitor {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly underWay = new Set<Promise<void>>();
  private readonly abort = new AbortController();
  private readonly running: Promise<unknown>;
  private socket: WebSocket | undefined;

  /** Begins at once, a little later than the one before: `index` says how many those are. */
  constructor(
    private readonly options: VisitorOptions,
    index: number,
  ) {
    const startMs = (index * 37) % PAUSE_MS;
    this.running = Promise.all([this.keepAsking(startMs), this.keepTalking(startMs)]);
  }

  /** Asks nothing more, and resolves once everything under way has ended. */
  async stop(): Promise<void> {
    this.abort.abort();
    this.socket?.close(1000);
    await this.running;
    await Promise.all(this.underWay);
    this.agent.destroy();
  }

  private async keepAsking(startMs: number): Promise<void> {
    await this.pause(startMs);
    for (let due = performance.now(); !this.abort.signal.aborted; due += PAUSE_MS) {
      if (this.underWay.size < UNDER_WAY) {
        const request = this.request().finally(() => this.underWay.delete(request));
        this.underWay.add(request);
      }
      await this.pause(due + PAUSE_MS - performance.now());
    }
  }

  private async request(): Promise<void> {
    const { user, hosts, port, names, asked } = this.options;
    const startedMs = performance.now();
    const outcome = await names
      .addressOf(hosts.http)
      .then((host) => visit({ at: { host, port }, host: hosts.http, timeoutMs: TIMEOUT_MS, agent: this.agent }))
      .then(
        ({ status, cluster }) => ({ servedBy: cluster, ...(status !== 200 && { failure: refused(status, cluster) }) }),
        (error: Error) => ({ servedBy: "", failure: error.message }),
      );
    asked({ user, startedMs, endedMs: performance.now(), ...outcome });
  }

  private async keepTalking(startMs: number): Promise<void> {
    await this.pause(startMs);
    while (!this.abort.signal.aborted) {
      const code = await this.talk().catch(() => undefined);
      if (this.abort.signal.aborted) return;
      // One that was never open is no loss: that nothing can be opened shows in the requests.
      if (code !== undefined) this.options.closed({ user: this.options.user, atMs: performance.now(), code });
      await this.pause(RETRY_MS);
    }
  }

  /** Resolves with the code that it was closed with; rejects where it could not be opened. */
  private async talk(): Promise<number> {
    const { hosts, port, names } = this.options;
    const address = await names.addressOf(hosts.webSocket);
    const headers = { host: hosts.webSocket };
    const socket = new WebSocket(`ws://${address}:${port}/`, { headers, handshakeTimeout: TIMEOUT_MS });
    this.socket = socket;
    if (this.abort.signal.aborted) socket.terminate();
    return await new Promise((resolve, reject) => {
      let opened = false;
      let heardMs = performance.now();
      const timer = setInterval(() => {
        if (performance.now() - heardMs > SILENT_MS) socket.terminate();
        else if (socket.readyState === WebSocket.OPEN) socket.send("anybody there?");
      }, MESSAGE_MS);
      socket.on("open", () => {
        opened = true;
        heardMs = performance.now();
      });
      socket.on("message", () => (heardMs = performance.now()));
      // `close` follows.
      socket.on("error", () => undefined);
      socket.once("close", (code) => {
        clearInterval(timer);
        if (opened) resolve(code === 1005 ? DEAD : code);
        else reject(new Error("it was not opened"));
      });
    });
  }

  private async pause(ms: number): Promise<void> {
    await delay(Math.max(0, ms), undefined, { signal: this.abort.signal }).catch(() => undefined);
  }
}

function refused(status: number, cluster: string): string {
  return `answered ${status}${cluster === "" ? " by an edge or load balancer" : ` by ${cluster}`}`;
}

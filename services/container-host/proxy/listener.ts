/** Where edges come to: names the app of each request, has it admitted and passed on, or refused. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Admission } from "../admission";
import { hostedApp } from "../names";
import type { Lease } from "../pool/lease";
import { Refusal, type RefusalReason } from "../refusal";
import { exchange } from "./exchange";
import { SERVED_BY_HEADER } from "./headers";
import { refuse } from "./refuse";
import { asksForWebSocket, canDoWithoutUpgrade, openWebSocket, responseOn } from "./upgrade";

export interface ListenerOptions {
  readonly admission: Pick<Admission, "admit">;
  readonly zone: string;
  readonly cluster: string;
  readonly node: string;
  /** Connections at once; further ones are closed. Default {@link MAX_CONNECTIONS}. */
  readonly maxConnections?: number;
  /** Told of each refusal. */
  readonly onRefusal?: (reason: RefusalReason) => void;
  /** Told of a fault of the host's own. */
  readonly onFault: (error: unknown) => void;
}

/** What edges let through, and what they add themselves. */
const MAX_HEADER_BYTES = 32_768;
/** Longer than edges keep a connection that nobody uses, so that it is them who close it. */
const KEEP_ALIVE_MS = 120_000;
/** Milliseconds for a request's headers: edges send them at once. */
const HEADERS_MS = 30_000;
const MAX_CONNECTIONS = 20_000;

export class AppListener {
  readonly server: Server;

  constructor(private readonly options: ListenerOptions) {
    this.server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      // A body may take as long as it does.
      requestTimeout: 0,
    });
    this.server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    this.server.on("request", (request, response) => void this.serve(request, response));
    this.server.on("checkContinue", (request, response) => void this.serve(request, response, true));
    this.server.on("upgrade", (request, socket, head) => void this.upgrade(request, socket, head));
    this.server.on("clientError", (error, socket) => this.refuseGarbage(error, socket));
  }

  private async serve(request: IncomingMessage, response: ServerResponse, expectsContinue = false): Promise<void> {
    const lease = await this.admit(request, response, whenClosed(response));
    if (lease === undefined) return;
    exchange({ request, response, lease, servedBy: this.servedBy(lease), expectsContinue });
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    const response = responseOn(socket, request);
    const isWebSocket = asksForWebSocket(request);
    if (!isWebSocket && !canDoWithoutUpgrade(request)) {
      const why = `only WebSockets can be changed to, not ${request.headers.upgrade}`;
      return this.refuse(response, new Refusal("not-implemented", why));
    }
    const watch = watchForEnd(socket);
    const lease = await this.admit(request, response, watch.signal);
    watch.end();
    if (lease === undefined) return;
    const parts = { request, response, lease, servedBy: this.servedBy(lease) };
    if (isWebSocket) openWebSocket({ ...parts, socket, head });
    else exchange(parts);
  }

  /** Nothing where the client was refused or has gone. */
  private async admit(
    { headers }: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    try {
      const lease = await this.options.admission.admit(hostedApp(headers, this.options.zone), signal);
      if (!signal.aborted) return lease;
      lease.release();
    } catch (error) {
      if (signal.aborted) response.destroy();
      else if (error instanceof Refusal) this.refuse(response, error);
      else this.fault(response, error);
    }
    return undefined;
  }

  private refuse(response: ServerResponse, refusal: Refusal): void {
    this.options.onRefusal?.(refusal.reason);
    refuse(response, refusal, this.servedBy());
  }

  private fault(response: ServerResponse, error: unknown): void {
    this.options.onFault(error);
    response.destroy();
  }

  /** What is no HTTP is answered as well as it can be. */
  private refuseGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const status = error.code === "HPE_HEADER_OVERFLOW" ? "431 Request Header Fields Too Large" : "400 Bad Request";
    const fields = ["connection: close", "content-length: 0", `${SERVED_BY_HEADER}: ${this.servedBy()}`];
    socket.end(`HTTP/1.1 ${status}\r\n${fields.join("\r\n")}\r\n\r\n`);
  }

  private servedBy(lease?: Lease): string {
    const { cluster, node } = this.options;
    return [cluster, node, lease?.app.process ?? process.pid, lease?.app.startId ?? "-"].join("/");
  }
}

function whenClosed(response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  response.once("close", () => abort.abort(new Error("the client has gone")));
  return abort.signal;
}

/** A socket that nobody reads does not tell that its other side has gone; looking for what may be read makes it. */
function watchForEnd(socket: Duplex): { readonly signal: AbortSignal; end(): void } {
  const abort = new AbortController();
  const gone = () => abort.abort(new Error("the client has gone"));
  const look = () => undefined;
  socket.on("readable", look).once("end", gone).once("close", gone);
  return { signal: abort.signal, end: () => void socket.off("readable", look).off("end", gone).off("close", gone) };
}

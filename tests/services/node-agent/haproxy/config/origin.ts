/** A container VM as edges see it: answers with what it was asked, in several ways. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocketServer } from "ws";

/** What `/` and any other path answers. */
export interface Seen {
  readonly origin: string;
  /** Address that it was reached at, for one that listens at all of them. */
  readonly address: string;
  readonly method: string;
  readonly url: string;
  readonly version: string;
  /** Names as they came, and values. */
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly trailers: Readonly<Record<string, string | undefined>>;
  readonly bytes: number;
  readonly sha256: string;
}

export class Origin {
  /** Requests that began, health checks aside. */
  readonly requests: string[] = [];
  isHealthy = true;
  /** While set, requests below `/held` wait. */
  private held: (() => void)[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer({ maxHeaderSize: 65_536, keepAliveTimeout: 60_000 }, (request, response) => {
    this.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  private readonly webSockets = new WebSocketServer({ noServer: true });

  constructor(
    readonly name: string,
    readonly address: string,
  ) {}

  async start(port: number): Promise<this> {
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket)).on("error", () => undefined);
    });
    this.server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.requests.push(request.url ?? "");
      this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.send(JSON.stringify({ origin: this.name, url: request.url, headers: request.headers }));
        webSocket.on("message", (data, isBinary) => webSocket.send(data, { binary: isBinary }));
      });
    });
    await new Promise<void>((resolve, reject) => this.server.once("error", reject).listen(port, this.address, resolve));
    return this;
  }

  /** Lets those go on that wait below `/held`. */
  release(): void {
    for (const goOn of this.held.splice(0)) goOn();
  }

  get waiting(): number {
    return this.held.length;
  }

  async stop(): Promise<void> {
    this.release();
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace(/\?.*$/, "") ?? "";
    if (path === "/healthz") return void response.writeHead(this.isHealthy ? 200 : 503).end();
    this.requests.push(request.url ?? "");
    if (path === "/held") await new Promise<void>((resolve) => this.held.push(resolve));
    if (path === "/events") return await events(response);
    if (path === "/download") return await download(response);
    if (path === "/hang-up") return void request.socket.destroy();
    if (path === "/own-503") return void response.writeHead(503, { "x-edge-error": "1" }).end("the app's own");
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      hash.update(chunk);
    }
    const { method = "", url = "", httpVersion: version, rawHeaders, headers, trailers } = request;
    const seen = {
      origin: this.name,
      address: request.socket.localAddress ?? "",
      method,
      url,
      version,
      rawHeaders,
      headers,
      trailers,
      bytes,
      sha256: hash.digest("hex"),
    };
    response.writeHead(200, { "content-type": "application/json", trailer: "x-sum", "transfer-encoding": "chunked" });
    response.write(JSON.stringify(seen));
    response.addTrailers({ "x-sum": String(bytes) });
    response.end();
  }
}

/** An event, and another one a while later: who gets the first before has not been kept waiting. */
async function events(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("data: first\n\n");
  await delay(600);
  response.end("data: second\n\n");
}

/** 20 chunks of 64 KB, in a second. */
async function download(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "application/octet-stream" });
  for (let chunk = 0; chunk < 20; chunk++) {
    response.write(Buffer.alloc(65_536, chunk));
    await delay(50);
  }
  response.end();
}

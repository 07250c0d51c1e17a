/** An HTTP server that answers what a test says, one request after another, and keeps what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** `hang` keeps the connection and says nothing; `drop` closes it. */
export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | "hang"
  | "drop";

export class StubServer {
  readonly asked: Asked[] = [];
  private readonly replies: Reply[] = [];

  private constructor(
    private readonly server: Server,
    readonly host: string,
  ) {}

  static async start(): Promise<StubServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const stub = new StubServer(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => {
      void text(request).then((body) => {
        const { method = "", url: path = "", headers } = request;
        stub.asked.push({ method, path, headers, body });
        // The last reply holds for all further requests.
        const reply = stub.replies.length > 1 ? stub.replies.shift() : stub.replies[0];
        if (reply === undefined || reply === "drop") return request.socket.destroy();
        if (reply === "hang") return undefined;
        const content = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
        return response.writeHead(reply.status, reply.headers).end(reply.body === undefined ? undefined : content);
      });
    });
    return stub;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** What it answers from now on. */
  replyWith(...replies: Reply[]): void {
    this.replies.splice(0, Infinity, ...replies);
    this.asked.length = 0;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

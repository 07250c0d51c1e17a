/** A small HTTP server on loopback: answers GET requests by path, and stops without leaving connections behind. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Answerer = (url: URL, request: IncomingMessage) => Answer | Promise<Answer>;

export interface ListenerOptions {
  /** Of this machine. Default: 127.0.0.1. */
  readonly address?: string | undefined;
  /** Default: any that is free. */
  readonly port?: number | undefined;
  /** Whether it takes connections from an address; of others it lets go at once. Default: from all. */
  readonly admits?: ((client: string) => boolean) | undefined;
}

/** What is not there. */
export const NOT_FOUND: Answer = { status: 404, body: "not found\n", contentType: "text/plain" };

/** A value as JSON. */
export function json(value: unknown, headers: Answer["headers"] = {}): Answer {
  return { status: 200, body: JSON.stringify(value), contentType: "application/json", headers };
}

export class Listener {
  private constructor(
    private readonly server: Server,
    /** `<address>:<port>`. */
    readonly host: string,
  ) {}

  static async start(answer: Answerer, options: ListenerOptions = {}): Promise<Listener> {
    const { address = "127.0.0.1", port = 0, admits = () => true } = options;
    const server = createServer((request, response) => {
      // Asked again for each request: a connection may be older than what is wrong with its client.
      if (!admits(request.socket.remoteAddress ?? "")) {
        request.socket.destroy();
        return;
      }
      const url = new URL(request.url ?? "/", "http://localhost");
      const answered = request.method === "GET" ? Promise.resolve().then(() => answer(url, request)) : NOT_FOUND;
      void Promise.resolve(answered)
        .catch((error: unknown): Answer => ({ status: 500, body: `${String(error)}\n`, contentType: "text/plain" }))
        .then(({ status, body, contentType, headers }) => {
          response.writeHead(status, { "content-type": contentType, ...headers }).end(body);
        });
    });
    server.on("connection", (socket) => {
      if (!admits(socket.remoteAddress ?? "")) socket.destroy();
    });
    server.listen(port, address);
    await once(server, "listening");
    return new Listener(server, `${address}:${(server.address() as AddressInfo).port}`);
  }

  /** Ends every connection. */
  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

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

  /** Listens on an address of this machine; port 0 takes any that is free. */
  static async start(answer: Answerer, address = "127.0.0.1", port = 0): Promise<Listener> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const answered = request.method === "GET" ? Promise.resolve().then(() => answer(url, request)) : NOT_FOUND;
      void Promise.resolve(answered)
        .catch((error: unknown): Answer => ({ status: 500, body: `${String(error)}\n`, contentType: "text/plain" }))
        .then(({ status, body, contentType, headers }) => {
          response.writeHead(status, { "content-type": contentType, ...headers }).end(body);
        });
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

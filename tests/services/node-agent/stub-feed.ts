/** A control API that knows the feed only: gives one node its lines, and keeps what it acknowledges. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { FeedLine } from "../../../services/contracts/feed";
import type { Acknowledgement } from "../../../services/contracts/resources";

export class StubFeed {
  readonly acknowledged: Acknowledgement[] = [];
  /** Queries that the feed was opened with. */
  readonly opened: URLSearchParams[] = [];
  private readonly lines: FeedLine[] = [];
  private readonly streams = new Set<ServerResponse>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(port = 0): Promise<StubFeed> {
    const server = createServer();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const feed = new StubFeed(server, (server.address() as AddressInfo).port);
    server.on("request", (request, response) => void feed.answer(request, response));
    return feed;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Revision that was acknowledged last. */
  get revision(): number | undefined {
    return this.acknowledged.at(-1)?.revision;
  }

  say(...lines: FeedLine[]): void {
    this.lines.push(...lines);
    for (const stream of this.streams) stream.write(textOf(lines));
  }

  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    if (pathname !== "/v1/feed") {
      this.acknowledged.push((await json(request)) as Acknowledgement);
      response.writeHead(204).end();
      return;
    }
    this.opened.push(searchParams);
    const after = Number(searchParams.get("after"));
    this.streams.add(response);
    response.on("close", () => this.streams.delete(response));
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.write(textOf(this.lines.filter((line) => line.type !== "reset" && line.revision > after)) || "\n");
  }
}

function textOf(lines: readonly FeedLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

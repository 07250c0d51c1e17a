/** A control API whose every word a test says by hand. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { FEED_MEDIA_TYPE, type FeedLine } from "../../../../services/contracts/feed";
import { PROBLEM_STATUS, problemUri, type ProblemType } from "../../../../services/contracts/problems";
import type { Acknowledgement } from "../../../../services/contracts/resources";
import { until } from "../../../support/until";

/** One feed that a node has opened. */
export class ScriptedFeed {
  constructor(
    readonly query: URLSearchParams,
    readonly authorization: string | undefined,
    readonly response: ServerResponse,
  ) {}

  /** Whether the node has hung up, or the feed was ended. */
  get closed(): boolean {
    return this.response.closed;
  }

  /** Sends lines, or text as it is. */
  say(...lines: (FeedLine | string)[]): void {
    const text = lines.map((line) => (typeof line === "string" ? line : `${JSON.stringify(line)}\n`)).join("");
    if (!this.response.headersSent) this.response.writeHead(200, { "content-type": FEED_MEDIA_TYPE });
    this.response.write(text);
  }

  refuse(type: ProblemType, headers: Readonly<Record<string, string>> = {}): void {
    refuse(this.response, type, headers);
  }

  end(): void {
    this.response.end();
  }
}

/** An acknowledgement that waits for its answer. */
export interface ScriptedAcknowledgement {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Acknowledgement;
  readonly accept: () => void;
  readonly refuse: (type: ProblemType) => void;
  readonly drop: () => void;
}

export class ScriptedServer {
  readonly feeds: ScriptedFeed[] = [];
  readonly acknowledgements: ScriptedAcknowledgement[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ScriptedServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const scripted = new ScriptedServer(server);
    server.on("request", (request, response) => void scripted.take(request, response));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The nth feed that is opened, counted from one. */
  async feed(number: number): Promise<ScriptedFeed> {
    return await until(`feed ${number}`, () => this.feeds[number - 1]);
  }

  async acknowledgement(number: number): Promise<ScriptedAcknowledgement> {
    return await until(`acknowledgement ${number}`, () => this.acknowledgements[number - 1]);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    const { authorization } = request.headers;
    if (pathname === "/v1/feed") {
      this.feeds.push(new ScriptedFeed(searchParams, authorization, response));
      return;
    }
    this.acknowledgements.push({
      path: pathname,
      authorization,
      body: (await json(request)) as Acknowledgement,
      accept: () => response.writeHead(204).end(),
      refuse: (type) => refuse(response, type, {}),
      drop: () => request.socket.destroy(),
    });
  }
}

function refuse(response: ServerResponse, type: ProblemType, headers: Readonly<Record<string, string>>): void {
  const status = PROBLEM_STATUS[type];
  const body = { type: problemUri(type), title: type, status, detail: `refused: ${type}`, instance: "request-1" };
  response.writeHead(status, { ...headers, "content-type": "application/problem+json" }).end(JSON.stringify(body));
}

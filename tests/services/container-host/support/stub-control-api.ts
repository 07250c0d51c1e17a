/** A control API that a test has in hand: the feed of one host, its acknowledgements, and who lives where. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import type { FeedLine, Residency } from "../../../../services/contracts/feed";
import { problemUri } from "../../../../services/contracts/problems";
import type { Acknowledgement } from "../../../../services/contracts/resources";

const HEARTBEAT_MS = 1_000;

export class StubControlApi {
  readonly acknowledged: Acknowledgement[] = [];
  /** Users whom somebody asked about, in order. */
  readonly asked: string[] = [];
  /** What is said of a user; of others `resident`. May be waited for. */
  residency: (user: string) => "resident" | "elsewhere" | "unknown" | "away" | Promise<"resident" | "elsewhere"> = () =>
    "resident";
  private revision = 0;
  private readonly lines = new Map<string, FeedLine & { type: "entry" }>();
  private readonly streams = new Set<ServerResponse>();
  private readonly heartbeat = setInterval(() => this.say([]), HEARTBEAT_MS).unref();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(port = 0): Promise<StubControlApi> {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    const api = new StubControlApi(server, (server.address() as AddressInfo).port);
    server.on("request", (request, response) => void api.answer(request, response).catch(() => response.destroy()));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Revision that was acknowledged last. */
  get applied(): number {
    return this.acknowledged.at(-1)?.revision ?? -1;
  }

  /** Tells a user's residency, or deletes their entry; returns its revision. */
  tell(user: string, residency: Residency | null): number {
    const line = {
      type: "entry",
      revision: ++this.revision,
      key: `user/${user}`,
      value: residency && { residency },
    } as const;
    this.lines.set(line.key, line);
    this.say([line]);
    return this.revision;
  }

  async stop(): Promise<void> {
    clearInterval(this.heartbeat);
    if (!this.server.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private say(lines: readonly FeedLine[]): void {
    const text = textOf([...lines, { type: "live", revision: this.revision }]);
    for (const stream of this.streams) stream.write(text);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    if (pathname === "/v1/feed") return this.feed(Number(searchParams.get("after")), response);
    if (pathname.startsWith("/v1/residency/")) return await this.resident(pathname.split("/")[3] ?? "", response);
    this.acknowledged.push((await json(request)) as Acknowledgement);
    response.writeHead(204).end();
  }

  private feed(after: number, response: ServerResponse): void {
    const missing = [...this.lines.values()].filter(({ revision }) => revision > after);
    missing.sort((one, other) => one.revision - other.revision);
    this.streams.add(response);
    response.on("close", () => this.streams.delete(response));
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    response.write(textOf([...missing, { type: "live", revision: this.revision }]));
  }

  private async resident(user: string, response: ServerResponse): Promise<void> {
    this.asked.push(user);
    const answer = await this.residency(user);
    if (answer === "away") return void response.destroy();
    if (answer === "unknown") {
      const body = {
        type: problemUri("unknown-user"),
        title: "t",
        status: 404,
        detail: "there is none",
        instance: "1",
      };
      return void response.writeHead(404, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ resident: answer === "resident", cluster: "free" }));
  }
}

function textOf(lines: readonly FeedLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

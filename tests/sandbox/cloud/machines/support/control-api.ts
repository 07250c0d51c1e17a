/** What of the control API nodes need to begin: the feed with a few entries, and an ear for what they report. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createPlainServer, type RequestListener, type Server } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { FEED_MEDIA_TYPE } from "../../../../../services/contracts/feed";

export interface Follower {
  readonly kind: string | null;
  readonly node: string | null;
  /** Where its connection comes from. */
  readonly from: string | undefined;
}

export interface SmallControlApiOptions {
  /** What its certificate is for. */
  readonly name: string;
  readonly host: string;
  readonly ports: { readonly http: number; readonly https: number };
  readonly directory: string;
  /** Of the feed, by kind of node. */
  readonly entries: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export class SmallControlApi {
  /** Who has opened the feed. */
  readonly followers: Follower[] = [];
  private servers: Server[] = [];

  private constructor(
    private readonly options: SmallControlApiOptions,
    readonly authorityFile: string,
  ) {}

  static async start(options: SmallControlApiOptions): Promise<SmallControlApi> {
    const { host, ports } = options;
    const { key, certificate } = makeCertificate(options);
    const api = new SmallControlApi(options, certificate);
    const secure = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, api.answer);
    const plain = createPlainServer(api.answer);
    api.servers = [secure.listen(ports.https, host), plain.listen(ports.http, host)];
    await Promise.all(api.servers.map((server) => once(server, "listening")));
    return api;
  }

  async stop(): Promise<void> {
    const servers = this.servers.splice(0);
    const closed = servers.map((server) => once(server, "close"));
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await Promise.all(closed);
  }

  private readonly answer: RequestListener = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "https://api");
    const isFeed = request.method === "GET" && pathname === "/v1/feed";
    if (!isFeed) return void response.writeHead(request.method === "POST" ? 204 : 404).end();
    const kind = searchParams.get("kind");
    this.followers.push({ kind, node: searchParams.get("node"), from: request.socket.remoteAddress });
    response.writeHead(200, { "content-type": FEED_MEDIA_TYPE });
    for (const line of linesOf(this.options.entries[kind ?? ""] ?? {})) response.write(`${JSON.stringify(line)}\n`);
  };
}

/** One that is its own authority. */
function makeCertificate({ name, directory }: SmallControlApiOptions): { key: string; certificate: string } {
  const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
  const kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-days", "2", "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  execFileSync("openssl", [...kind, ...subject, "-keyout", key, "-out", certificate], { stdio: "pipe" });
  return { key, certificate };
}

function linesOf(entries: Readonly<Record<string, unknown>>): object[] {
  const lines = Object.entries(entries).map(([key, value], index) => ({
    type: "entry",
    revision: index + 1,
    key,
    value,
  }));
  return [...lines, { type: "live", revision: lines.length }];
}

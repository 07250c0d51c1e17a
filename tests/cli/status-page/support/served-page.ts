/** A status page on a control API with a memory of its own, and requests to it with headers that fetch lets nobody set. */
import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { serveStatusPage, type StatusPage } from "../../../../cli/status-page/serve";
import { openEvents, type EventClient } from "./event-client";
import { FakeApi } from "./fake-api";

/** Milliseconds between looks, for tests. */
export const QUICK = { calm: 20, busy: 5, away: 20 };

export interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export class ServedPage {
  readonly api = new FakeApi();
  private readonly clients: EventClient[] = [];
  private page: StatusPage | undefined;

  static async start(): Promise<ServedPage> {
    const served = new ServedPage();
    served.page = await serveStatusPage({
      environment: "prod",
      api: served.api,
      watching: served.api,
      intervals: QUICK,
    });
    return served;
  }

  get url(): string {
    return this.page?.url ?? "";
  }

  async events(): Promise<EventClient> {
    const client = await openEvents(`${this.url}events`);
    this.clients.push(client);
    return client;
  }

  /** A change, as the page itself asks for it. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}) {
    const { origin } = new URL(this.url);
    const own = { origin, "content-type": "application/json", "sec-fetch-site": "same-origin", ...headers };
    const reply = await ask(`${this.url}${path}`, own, "POST", body);
    return { status: reply.status, answer: JSON.parse(reply.body) as Record<string, unknown> };
  }

  /** Ends the command that serves the page. */
  async stopServing(): Promise<void> {
    await this.page?.stop();
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    for (const client of this.clients) client.close();
    await this.stopServing();
  }
}

export async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = "GET",
  body?: unknown,
): Promise<Reply> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, resolve).once("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Sending a request as it is, over a connection, and taking whatever comes back, within bounds. */
import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { FEED_MEDIA_TYPE } from "../../../../../services/contracts/feed";

/** What was answered. */
export interface Exchange {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** Of a feed, which does not end, its first lines. */
  readonly text: string;
}

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** Far above what any answer takes: longer, and it hangs. */
const HANGS_AFTER_MS = 20_000;

export class Connections {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(private readonly port: number) {}

  /** Rejects when the connection breaks or no answer comes. */
  async send({ method, url, headers, body }: Sent): Promise<Exchange> {
    const signal = AbortSignal.timeout(HANGS_AFTER_MS);
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const sending = request({
      host: "127.0.0.1",
      port: this.port,
      agent: this.agent,
      method,
      path: url,
      headers: { ...headers, ...(bytes !== undefined && { "content-length": bytes.length }) },
      signal,
    });
    sending.end(bytes);
    const [response] = (await once(sending, "response")) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: response.headers, text: await textOf(response) };
  }

  close(): void {
    this.agent.destroy();
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  const isFeed = response.headers["content-type"] === FEED_MEDIA_TYPE;
  let text = "";
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (isFeed && text.includes('"live"')) break;
  }
  return text;
}

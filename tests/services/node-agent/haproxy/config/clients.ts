/** Asking edges: by Node's HTTP client, and octet by octet. */
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { connect, type Socket } from "node:net";
import type { Readable } from "node:stream";
import type { Endpoint } from "./edge";
import type { Seen } from "./origin";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

export interface Asking {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Readable;
  readonly localAddress?: string;
}

const TIMEOUT_MS = 15_000;

/** One request on a connection of its own. */
export async function ask(endpoint: Endpoint, host: string, asking: Asking = {}): Promise<Answer> {
  const { path = "/", method = "GET", headers = {}, body, localAddress } = asking;
  return await new Promise((resolve, reject) => {
    const options = { ...endpoint, path, method, headers: { host, ...headers }, agent: false, timeout: TIMEOUT_MS };
    const outgoing = request({ ...options, ...(localAddress !== undefined && { localAddress }) }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("error", reject).on("end", () => {
        const { statusCode: status = 0, headers, trailers } = response;
        resolve({ status, headers, trailers, body: text });
      });
    });
    outgoing.on("error", reject).on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    if (body === undefined || typeof body === "string") outgoing.end(body);
    else body.pipe(outgoing);
  });
}

/** What the origin saw of a request that must have reached one. */
export async function seen(endpoint: Endpoint, host: string, asking: Asking = {}): Promise<Seen> {
  const answer = await ask(endpoint, host, asking);
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body) as Seen;
}

/** Sends octets and resolves with what came back until the other side closed, or until nothing has come for `quietMs`. */
export async function raw(endpoint: Endpoint, octets: string | Buffer, quietMs = 1000): Promise<string> {
  const socket = connect(endpoint);
  socket.write(octets);
  return await received(socket, quietMs);
}

export async function received(socket: Socket, quietMs: number): Promise<string> {
  return await new Promise((resolve) => {
    let text = "";
    const end = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(quietMs, end);
    socket
      .on("data", (chunk) => (text += chunk.toString("latin1")))
      .on("error", end)
      .on("close", end);
  });
}

/** Status of the first response in octets received; 0 where there is none. */
export function statusOf(octets: string): number {
  return Number(/^HTTP\/1\.\d (\d{3})/.exec(octets)?.[1] ?? 0);
}

/** The JSON body of a response received as octets. */
export function seenIn(octets: string): Seen {
  return JSON.parse(/\{.*\}/s.exec(octets)?.[0] ?? "null") as Seen;
}

/** One visit to a user's app, as a browser makes it once DNS has answered. */
import { request, type Agent, type IncomingMessage, type RequestOptions } from "node:http";
import { WebSocket } from "ws";
import type { Endpoint } from "../../sandbox/cloud/network";

/** Container hosts say in it what ran a request: `<cluster>/<node>/<process>/<start id>`. */
const SERVED_BY = "x-served-by";

export interface Visit {
  readonly status: number;
  /** Cluster that served it; empty where an edge answered by itself. */
  readonly cluster: string;
  /** Machine and process that served it. */
  readonly by: string;
  readonly ms: number;
  /** Beginning of the answer's body. */
  readonly text: string;
}

export interface VisitOptions {
  /** Where DNS says that the app is. */
  readonly at: Endpoint;
  /** Name of the app. */
  readonly host: string;
  readonly timeoutMs: number;
  /** Keeps connections for the next visit. Default: one of its own. */
  readonly agent?: Agent;
}

const KEPT_TEXT = 400;

/** Asks the app for its page. Rejects where there is no whole answer in time. */
export async function visit({ at, host, timeoutMs, agent }: VisitOptions): Promise<Visit> {
  const started = performance.now();
  const options = { ...at, path: "/", headers: { host }, agent: agent ?? false, timeout: timeoutMs };
  const { status, headers, text } = await exchange(options);
  return { status, ...servedBy(headers), ms: performance.now() - started, text };
}

interface Received {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/**
 * A connection that was kept may be closed in the very moment of its next use. Browsers then ask once more on another, and so
 * does this: nobody notices.
 */
async function exchange(options: RequestOptions): Promise<Received> {
  return await new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text = text.length < KEPT_TEXT ? text + chunk : text));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.once("error", reject);
    });
    sent.once("timeout", () => sent.destroy(new Error(`no answer within ${(options.timeout ?? 0) / 1000} s`)));
    sent.once("error", (error: NodeJS.ErrnoException) => {
      const wasClosed = sent.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      if (wasClosed) exchange({ ...options, agent: false }).then(resolve, reject);
      else reject(error);
    });
    sent.end();
  });
}

function servedBy(headers: IncomingMessage["headers"]): Pick<Visit, "cluster" | "by"> {
  const [cluster = "", node = "", process = ""] = String(headers[SERVED_BY] ?? "").split("/");
  return { cluster, by: [node, process].filter((part) => part !== "").join("/") };
}

/** Opens a WebSocket to an app that echoes, and closes it after one message came back. */
export async function visitByWebSocket({ at, host, timeoutMs }: VisitOptions): Promise<Visit> {
  const started = performance.now();
  const socket = new WebSocket(`ws://${at.host}:${at.port}/`, { headers: { host }, handshakeTimeout: timeoutMs });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no echo within ${timeoutMs / 1000} s`)), timeoutMs);
      let served = { cluster: "", by: "" };
      socket.once("upgrade", ({ headers }: IncomingMessage) => (served = servedBy(headers)));
      socket.once("open", () => socket.send("hello"));
      socket.once("message", () => {
        clearTimeout(timer);
        resolve({ status: 101, ...served, ms: performance.now() - started, text: "" });
      });
      socket.once("error", (error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
  } finally {
    socket.on("error", () => undefined);
    socket.terminate();
  }
}

/** Header fields on their way between an edge and an app. Pure. Fields are as Node has them raw: names and values in turn. */
import type { IncomingMessage } from "node:http";
import { HOSTED_NAME_HEADER } from "../names";

/** Names what ran a request: `<cluster>/<node>/<process>/<start id>`. Apps cannot set it. */
export const SERVED_BY_HEADER = "x-served-by";

/** Of one connection only (RFC 9110, 7.6.1); who sends the message on says these anew. */
const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
/** Methods whose requests have no body unless they say so; Node's client gives others an empty one in chunks. */
const BODILESS = ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE"];

type Fields = readonly string[];

/** What an app is sent of a request. */
export function requestFields(request: IncomingMessage): string[] {
  const fields = withoutFields(request.rawHeaders, [...HOP_BY_HOP, ...connectionOptions(request), HOSTED_NAME_HEADER]);
  if (isChunked(request)) fields.push("transfer-encoding", "chunked");
  else if (request.headers["content-length"] === undefined && !BODILESS.includes(request.method ?? "")) {
    fields.push("content-length", "0");
  }
  return fields;
}

/** The same of a WebSocket's handshake. */
export function handshakeFields(request: IncomingMessage): string[] {
  return [...requestFields(request), "connection", "Upgrade", "upgrade", "websocket"];
}

/** What a client is sent of an app's answer. */
export function answerFields(answer: IncomingMessage, servedBy: string, { mayTrail }: { mayTrail: boolean }): string[] {
  const dropped = [...HOP_BY_HOP, ...connectionOptions(answer), SERVED_BY_HEADER];
  // Node refuses to announce trailers where it sends none.
  if (!mayTrail || !isChunked(answer)) dropped.push("trailer");
  return [...withoutFields(answer.rawHeaders, dropped), SERVED_BY_HEADER, servedBy];
}

/** Trailers as pairs. */
export function trailersOf({ rawTrailers }: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < rawTrailers.length; index += 2) {
    pairs.push([rawTrailers[index] ?? "", rawTrailers[index + 1] ?? ""]);
  }
  return pairs;
}

/** Whether a message comes with a body, be it an empty one in chunks. */
export function hasBody(message: IncomingMessage): boolean {
  return isChunked(message) || Number(message.headers["content-length"] ?? 0) > 0;
}

/** Whether a message is an endless stream of events, which clients open again by themselves when it ends. */
export function isEventStream({ headers }: IncomingMessage): boolean {
  return /^text\/event-stream\b/i.test(headers["content-type"] ?? "");
}

function isChunked({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined;
}

/** Fields that the message's sender names as being of its connection only. `te` is sent on: trailers pass through here. */
function connectionOptions({ headers }: IncomingMessage): string[] {
  const options = (headers.connection ?? "").split(",").map((option) => option.trim().toLowerCase());
  return options.filter((option) => option !== "te" && option !== "host" && option !== "content-length");
}

function withoutFields(fields: Fields, dropped: readonly string[]): string[] {
  return fields.filter((_, index) => !dropped.includes((fields[index & ~1] ?? "").toLowerCase()));
}

/** Answers of the host's own. */
import { STATUS_CODES, type ServerResponse } from "node:http";
import type { Refusal } from "../refusal";
import { SERVED_BY_HEADER } from "./headers";

/** Tells the client why it gets nothing from an app. */
export function refuse(response: ServerResponse, refusal: Refusal, servedBy: string): void {
  const { status, reason, message, retryAfterSeconds } = refusal;
  // A client that waits for permission to send its body will not send it now.
  if (response.req.headers.expect !== undefined) response.shouldKeepAlive = false;
  if (retryAfterSeconds !== undefined) response.setHeader("retry-after", retryAfterSeconds);
  response.setHeader(SERVED_BY_HEADER, servedBy);
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  response.end(`${status} ${STATUS_CODES[status] ?? ""}: ${reason}: ${message}\n`);
}

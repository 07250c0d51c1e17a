/** One request and its answer: everything to app and client as it comes, nothing kept. */
import { request as connect, type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Lease } from "../pool/lease";
import { Refusal } from "../refusal";
import { answerFields, hasBody, isEventStream, requestFields, trailersOf } from "./headers";
import { refuse } from "./refuse";

/** Octets of an answer's headers. */
const MAX_HEADER_BYTES = 65_536;
/** Milliseconds for the rest of a body that nobody wants any more, so that the answer gets through to who sends it. */
const DISCARD_MS = 2_000;
/**
 * The app leaves the end of the connection to the host. It may have answered before the host has written the last of a request; had it
 * closed then as well, that write would fail, and the answer be lost.
 */
const HELD_OPEN = ["connection", "keep-alive"];
/** Milliseconds from an app's last sign of life to its end's being known. */
const END_MS = 250;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly lease: Lease;
  readonly servedBy: string;
  /** The client sends its body once it is told to. */
  readonly expectsContinue?: boolean;
}

/** Sends a request to an app, and its answer back. Holds the lease until both are through. */
export function exchange(parts: Exchange): void {
  const { request, response, lease } = parts;
  const upstream = open(parts, [...requestFields(request), ...HELD_OPEN]);
  if (upstream === undefined) return;
  upstream.on("error", (error) => void failUnreachable(parts, error.message));
  upstream.on("continue", () => {
    if (parts.expectsContinue) response.writeContinue();
  });
  upstream.on("information", ({ statusCode, headers }) => {
    if (statusCode === 103 && headers.link !== undefined) response.writeEarlyHints({ link: headers.link });
  });
  upstream.once("response", (answer) => relay(answer, parts));
  lease.onCut(() => failWith(parts, "the app was stopped"));
  response.on("error", () => upstream.destroy());
  response.once("close", () => {
    upstream.destroy();
    lease.release();
    discardRest(request);
  });
  sendBody(request, upstream);
}

/** Begins a request to the app; nothing where it cannot be written as HTTP, which the client is told. */
export function open(parts: Exchange, headers: string[]): ClientRequest | undefined {
  const { request, lease } = parts;
  try {
    return connect({
      ...lease.app.address,
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: headers as unknown as Record<string, string>,
      setHost: false,
      // A connection per request: one that is kept may be closed by the app in the very moment of its next use.
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
  } catch (error) {
    refuse(parts.response, new Refusal("bad-request", (error as Error).message), parts.servedBy);
    lease.release();
    return undefined;
  }
}

/** Passes an app's answer on. */
export function relay(answer: IncomingMessage, parts: Exchange): void {
  const { request, response, lease, servedBy } = parts;
  const mayTrail = request.httpVersion === "1.1" && request.method !== "HEAD";
  try {
    const fields = answerFields(answer, servedBy, { mayTrail });
    // The client holds its body back, and what comes next on the connection may be that or another request.
    if (parts.expectsContinue && !request.complete && !response.writableEnded) response.shouldKeepAlive = false;
    response.writeHead(
      answer.statusCode ?? 502,
      answer.statusMessage ?? "",
      fields as unknown as Record<string, string>,
    );
  } catch (error) {
    return failWith(parts, `the app's answer is no HTTP: ${(error as Error).message}`);
  }
  response.flushHeaders();
  answer.on("error", () => response.destroy());
  answer.once("close", () => {
    // Not ended, but cut: the client must not take it for the whole.
    if (!answer.complete && !response.writableEnded) response.destroy();
  });
  answer.once("end", () => {
    const trailers = trailersOf(answer);
    if (mayTrail && trailers.length > 0 && answer.complete) response.addTrailers(trailers);
  });
  answer.pipe(response);
  if (isEventStream(answer)) {
    lease.onRetire(() => {
      answer.unpipe(response);
      response.end();
    });
  }
}

/**
 * The same of an app that cannot be reached: where it has just ended, the client is told when the host knows it as well, so that the
 * next request starts it again.
 */
export async function failUnreachable(
  parts: Pick<Exchange, "response" | "lease" | "servedBy">,
  message: string,
): Promise<void> {
  const abort = new AbortController();
  const late = delay(END_MS, undefined, { signal: abort.signal }).catch(() => undefined);
  if (!parts.response.destroyed) await Promise.race([parts.lease.app.gone, late]);
  abort.abort();
  failWith(parts, message);
}

/** The client is told where nothing has been sent yet; otherwise cut off, so that it knows that there is no more to come. */
export function failWith({ response, servedBy }: Pick<Exchange, "response" | "servedBy">, message: string): void {
  if (response.headersSent || response.destroyed) response.destroy();
  else refuse(response, new Refusal("failed", `the app did not answer: ${message}`), servedBy);
}

function sendBody(request: IncomingMessage, upstream: ClientRequest): void {
  if (!hasBody(request)) {
    upstream.end();
    return;
  }
  request.once("end", () => {
    const trailers = trailersOf(request);
    if (trailers.length > 0 && !upstream.destroyed) upstream.addTrailers(trailers);
  });
  request.on("error", () => upstream.destroy());
  request.pipe(upstream);
}

function discardRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.unpipe();
  request.resume();
  const timer = setTimeout(() => request.destroy(), DISCARD_MS).unref();
  request.once("close", () => clearTimeout(timer));
  request.once("end", () => clearTimeout(timer));
}

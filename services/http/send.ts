/** Requests to other services: each ends in time, and is repeated a bounded number of times where that can help. */
import { setTimeout as delay } from "node:timers/promises";
import { backoffMs, type Backoff } from "../contracts/follow/backoff";

/** Bounds of one exchange. */
export interface SendPolicy {
  /** Milliseconds that one attempt may take, its body included. */
  readonly timeoutMs: number;
  /** Attempts at most; 1 where a repetition could do something twice. */
  readonly attempts: number;
  /** Waits between attempts. A server that asks for a longer one gets it, up to `maxMs`. */
  readonly backoff: Backoff;
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Answers that may be others in a moment: too many requests, and a server or one behind it that is in trouble. */
const PASSING = [408, 429, 500, 502, 503, 504];

/** Sends a request; any answer is one, whatever its status. Rejects with what went wrong at the last attempt. */
export async function send(url: URL, init: RequestInit, policy: SendPolicy): Promise<Answer> {
  for (let failures = 1; ; failures++) {
    const outcome = await attempt(url, init, policy.timeoutMs).catch((error: unknown) => unreachable(url, init, error));
    const mayImprove = outcome instanceof Error || PASSING.includes(outcome.status);
    if (mayImprove && failures < policy.attempts) await delay(waitMs(outcome, failures, policy.backoff));
    else if (outcome instanceof Error) throw outcome;
    else return outcome;
  }
}

async function attempt(url: URL, init: RequestInit, timeoutMs: number): Promise<Answer> {
  // Nobody here is redirected, and a token must not go where it was not meant to.
  const response = await fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The query is left out: it may name users, and the path says what was asked. */
function unreachable({ origin, pathname }: URL, { method = "GET" }: RequestInit, error: unknown): Error {
  const { cause, message } = error as Error;
  const { message: text, code } = (cause ?? {}) as { message?: string; code?: string };
  const reason = [text, code, message].find((candidate) => candidate !== undefined && candidate !== "");
  return new Error(`${method} ${origin}${pathname}: ${reason}`, { cause: error });
}

function waitMs(outcome: Answer | Error, failures: number, backoff: Backoff): number {
  const asked = outcome instanceof Error ? undefined : retryAfterSeconds(outcome.headers);
  return Math.min((asked ?? 0) * 1000, backoff.maxMs) + backoffMs(failures, backoff);
}

/** Seconds that a server asks to stay away for; nothing where it asks for none, or for a date. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

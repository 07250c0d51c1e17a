/** How the client talks to the control API: token, idempotency key, bounds, and answers that are what the contract says. */
import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { retryAfterSeconds, send, type Answer, type SendPolicy } from "../http/send";
import { Problem, PROBLEM_STATUS, problemTypeOf } from "./problems";
import { problemBody } from "./resources";

export interface TransportOptions {
  /** The control API, without a path. */
  readonly url: string;
  /**
   * A valid bearer token; asked for before each request, so keep it. Where the API has refused one, as it does when clocks differ or keys
   * were replaced, it is asked once more with that one, for another.
   */
  readonly token: (refused?: string) => Promise<string>;
  /** Bounds of each request. Default {@link POLICY}. */
  readonly policy?: Partial<SendPolicy>;
}

/** Four attempts outlast the replacement of a replica, and a caller who waits for a page is answered in seconds mostly. */
export const POLICY: SendPolicy = { timeoutMs: 10_000, attempts: 4, backoff: { baseMs: 250, maxMs: 5_000 } };

export interface WriteOptions {
  /**
   * Names the request: repeated with the same key, also by another process, it is done once. Default: a new one, which covers the
   * client's own repetitions.
   */
  readonly idempotencyKey?: string;
}

const { unauthenticated: UNAUTHENTICATED } = PROBLEM_STATUS;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;
export type Write = WriteOptions & { readonly method: "POST" | "PUT" | "DELETE"; readonly body?: unknown };

export class Transport {
  private readonly policy: SendPolicy;

  constructor(private readonly options: TransportOptions) {
    this.policy = { ...POLICY, ...options.policy };
  }

  /** Reads something. Throws a {@link Problem} where the API refuses, another error where there is no answer to go by. */
  async read<T extends z.ZodType>(path: string, schema: T, query: Query = {}): Promise<z.output<T>> {
    return parseAnswer(await this.get(path, query), schema, path);
  }

  /** Reads something, and leaves the answer to the caller; `unchanged` (304) is one. */
  async get(path: string, query: Query = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const url = this.at(path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return await this.exchange(url, { headers });
  }

  /** Changes something. It is safe to repeat, and is repeated, because each write has an idempotency key. */
  async write<T extends z.ZodType>(path: string, schema: T, write: Write): Promise<z.output<T>> {
    return parseAnswer(await this.change(path, write), schema, path);
  }

  /** The same for what has no answer. */
  async change(path: string, { method, body, idempotencyKey = randomUUID() }: Write): Promise<Answer> {
    const headers: Record<string, string> = { "idempotency-key": idempotencyKey };
    if (body !== undefined) headers["content-type"] = "application/json";
    return await this.exchange(this.at(path), {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  private async exchange(url: URL, init: RequestInit & { headers: Record<string, string> }): Promise<Answer> {
    const token = await this.options.token();
    let answer = await this.sendAs(token, url, init);
    if (answer.status === UNAUTHENTICATED) {
      const another = await this.options.token(token);
      if (another !== token) answer = await this.sendAs(another, url, init);
    }
    if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) return answer;
    throw refusalOf(url, answer);
  }

  private sendAs(token: string, url: URL, init: RequestInit & { headers: Record<string, string> }): Promise<Answer> {
    return send(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }, this.policy);
  }

  private at(path: string): URL {
    return new URL(path, this.options.url);
  }
}

/** A path with values put into it as they are, whatever characters they have. */
export function pathOf(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map(encodeURIComponent));
}

function refusalOf({ origin, pathname }: URL, { status, headers, text }: Answer): Error {
  const body = problemBody.safeParse(jsonOf(text));
  const type = body.success ? problemTypeOf(body.data.type) : undefined;
  if (body.success && type !== undefined) {
    return new Problem(type, body.data.detail, retryAfterSeconds(headers), body.data.instance);
  }
  return new Error(
    `${origin}${pathname} answered ${status}, which is no problem of the control API's: ${text.slice(0, 200)}`,
  );
}

/** The body as the schema has it. What a newer service tells beside is no fault; anything else that does not fit is. */
export function parseAnswer<T extends z.ZodType>({ text }: Answer, schema: T, path: string): z.output<T> {
  const body = jsonOf(text);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [fault] = parsed.error.issues.filter(({ code }) => code !== "unrecognized_keys");
  if (fault === undefined) return body as z.output<T>;
  throw new Error(`${path}: the answer does not fit the contract: ${fault.path.join(".")} ${fault.message}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Tokens of the service account that this process runs as, from Google's metadata server, or from what stands in for it in tests
 * and the sandbox.
 */
import { decodeJwt } from "jose";
import { z } from "zod";
import { send, type SendPolicy } from "../http/send";
import { CachedToken, type FetchedToken } from "./cached-token";

/** It is on the same machine and answers in milliseconds, except while a pod's identity is being set up. */
const POLICY: SendPolicy = { timeoutMs: 3_000, attempts: 5, backoff: { baseMs: 200, maxMs: 2_000 } };
const DEFAULT_HOST = "metadata.google.internal";
const ACCOUNT_PATH = "/computeMetadata/v1/instance/service-accounts/default/";
/** Without it the metadata server refuses: no page in a browser can send it. */
const HEADERS = { "metadata-flavor": "Google" };

const accessTokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

export interface MetadataOptions {
  /** Name or address, and port if need be. Default: GCE_METADATA_HOST as for Google's own libraries, else Google's name. */
  readonly host?: string;
}

export class MetadataServer {
  private readonly host: string;
  private readonly identityTokens = new Map<string, CachedToken>();
  private readonly access = new CachedToken(() => this.fetchAccessToken());

  constructor({ host = process.env.GCE_METADATA_HOST ?? DEFAULT_HOST }: MetadataOptions = {}) {
    this.host = host;
  }

  /** An OIDC token that proves this service account's email to the audience. */
  async identityToken(audience: string): Promise<string> {
    const known = this.identityTokens.get(audience);
    const cached = known ?? new CachedToken(() => this.fetchIdentityToken(audience));
    if (known === undefined) this.identityTokens.set(audience, cached);
    return await cached.get();
  }

  /** An OAuth access token for Google's APIs, and for Cloud SQL. */
  async accessToken(): Promise<string> {
    return await this.access.get();
  }

  private async fetchIdentityToken(audience: string): Promise<FetchedToken> {
    // Without `full` there is no email in it, and emails are what roles are bound to.
    const token = (await this.read("identity", { audience, format: "full" })).trim();
    const { iat = 0, exp = 0 } = decode(token);
    // It may have been made a while ago; but a clock that is slow must not have it used after its end.
    return { token, lifetimeMs: Math.min(exp * 1000 - Date.now(), (exp - iat) * 1000) };
  }

  private async fetchAccessToken(): Promise<FetchedToken> {
    const answer = accessTokenAnswer.safeParse(jsonOf(await this.read("token")));
    if (!answer.success)
      throw new Error(`the metadata server at ${this.host} gave no access token: ${answer.error.message}`);
    const { access_token: token, expires_in: seconds } = answer.data;
    return { token, lifetimeMs: seconds * 1000 };
  }

  private async read(name: string, query: Record<string, string> = {}): Promise<string> {
    const url = new URL(`http://${this.host}${ACCOUNT_PATH}${name}?${new URLSearchParams(query).toString()}`);
    const { status, text } = await send(url, { headers: HEADERS }, POLICY);
    if (status === 200) return text;
    const remedy = status === 404 ? "; give this machine or pod a service account" : "";
    throw new Error(
      `the metadata server at ${this.host} answered ${status} to ${name}: ${text.slice(0, 200)}${remedy}`,
    );
  }
}

function decode(token: string): { iat?: number; exp?: number } {
  try {
    return decodeJwt(token);
  } catch (error) {
    throw new Error("the metadata server gave an identity token that is no JWT", { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

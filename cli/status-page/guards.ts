/**
 * Who may talk to the page's server. It acts with the operator's rights and listens where every program of this machine can
 * reach it, and every website that the operator visits can send it requests. So:
 * the address holds a token that only the command's output tells, without which nothing is there;
 * the host must be this machine by name, so that no website can make its own name point here and read the answers (DNS rebinding);
 * a change must come from the page itself, so that no website can send one (cross-site request forgery). Pure.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Only this machine reaches it. */
export const LOOPBACK = "127.0.0.1";

/** A tunnel has a port of its own, so any will do. */
const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/** 192 bits that nobody guesses. */
export function newToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Whether the texts are the same; how long it takes says nothing about the token. */
export function isToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

export interface RequestHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly "content-type"?: string | undefined;
  readonly "sec-fetch-site"?: string | string[] | undefined;
}

/** Why nothing is answered under this name; nothing where it is this machine's. */
export function hostFault({ host = "" }: RequestHeaders): string | undefined {
  return OWN_HOST.test(host) ? undefined : "this page is served to this machine only, as 127.0.0.1 or localhost";
}

/** Why a change is refused that does not come from the page; nothing where it does. Browsers name the origin of every POST. */
export function originFault(headers: RequestHeaders): string | undefined {
  const { host, origin, "sec-fetch-site": site, "content-type": type = "" } = headers;
  if (origin !== `http://${host}`)
    return "changes are made on the page itself: this request names another origin, or none";
  if (site !== undefined && site !== "same-origin") return "changes are made on the page itself, not from another site";
  return /^application\/json(;|$)/.test(type) ? undefined : "changes are sent as application/json";
}

/** Nothing but the page's own files runs, is shown or is talked to, and no other page may frame it. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

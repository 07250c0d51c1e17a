/** How pages are said in the configuration: instead of HAProxy's own errors, and as the end of a rule. Pure. */
import { html, PAGE_TYPE, type Page } from "../pages";
import { quoted } from "./text";

/** Header by which an error that HAProxy made itself is told from one of the server's. It never leaves the edge. */
export const OWN_ERROR = "x-edge-error";

/** Ends a request with the page; a condition follows. */
export function answer(page: Page): string {
  return `http-request return status ${page.status} ${reply(page)}`;
}

/** Replaces what HAProxy says by itself when it ends a request with this status, with `from` where the page's differs. */
export function insteadOfError(page: Page, { from = page.status, marked = false } = {}): string {
  return `http-error status ${from} ${reply(page)}${marked ? ` hdr ${OWN_ERROR} 1` : ""}`;
}

function reply(page: Page): string {
  const retry = page.retryAfter === undefined ? [] : [`hdr retry-after ${page.retryAfter}`];
  const headers = ["hdr cache-control no-store", ...retry];
  return [`content-type ${quoted(PAGE_TYPE)}`, `string ${quoted(html(page))}`, ...headers].join(" ");
}

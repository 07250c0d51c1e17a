/** Section `defaults`. Pure. */
import { pages } from "../pages";
import type { EdgeLimits } from "../settings";
import { insteadOfError } from "./replies";
import { section } from "./text";

/** Seconds for the last octets of a connection that one side has closed. */
const FIN_SECONDS = 10;

export function defaultsSection(limits: EdgeLimits): string {
  return section("defaults", [
    "mode http",
    `timeout http-request ${limits.headerSeconds}s`,
    `timeout http-keep-alive ${limits.keepAliveSeconds}s`,
    `timeout client ${limits.idleSeconds}s`,
    `timeout server ${limits.idleSeconds}s`,
    `timeout tunnel ${limits.idleSeconds}s`,
    `timeout client-fin ${FIN_SECONDS}s`,
    `timeout server-fin ${FIN_SECONDS}s`,
    `timeout connect ${limits.connectSeconds}s`,
    `timeout queue ${limits.queueSeconds}s`,
    // Peers that are gone without a word are noticed.
    "option clitcpka",
    "option srvtcpka",
    // Connections without a request, such as those that browsers open ahead.
    "option dontlognull",
    "option http-ignore-probes",
    // Who has gone away does not wait in a queue.
    "option abortonclose",
    // Once, where no connection could be made: nothing was sent then.
    "retries 1",
    insteadOfError(pages.badRequest),
    insteadOfError(pages.requestTimeout),
    insteadOfError(pages.internalError),
    insteadOfError(pages.hostFailed),
    insteadOfError(pages.noHost),
    insteadOfError(pages.hostTimeout),
  ]);
}

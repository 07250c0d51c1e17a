/** What every request meets first, at hosting and at workspaces: limits of connections and heads, and the edge's own health. Pure. */
import { clusterName } from "../../../../config/names";
import { pages } from "../pages";
import type { EdgeSettings } from "../settings";
import { accessLog } from "./log";
import { answer } from "./replies";
import { tables } from "./tables";
import { checkedAddress, endpoint, quoted } from "./text";
import { is, isStopping, request } from "./variables";

/** Counters that a request holds on to. */
export const counters = { client: 0, user: 1, tombstoned: 2 } as const;

/** What a listener on `port` begins with. */
export function entryLines(settings: EdgeSettings, port: number): string[] {
  const { bindAddress, acceptProxyHeader, limits } = settings;
  const bind = `bind ${endpoint(checkedAddress("bindAddress", bindAddress), port)}`;
  return [
    acceptProxyHeader ? `${bind} accept-proxy` : bind,
    `maxconn ${limits.connections}`,
    ...accessLog(settings.cluster),
    ...connectionLimit(limits.connectionsPerAddress),
    `http-request set-var(${request.method}) method`,
    `http-request set-var(${request.path}) path`,
    `http-request set-var(${request.client}) src`,
    `http-request set-var(${request.name}) req.fhdr(host),lower,${quoted('regsub("\\.?(:[0-9]{1,5})?$","")')}`,
    ...ownHealth(settings),
    `${answer(pages.badRequest)} unless { req.fhdr_cnt(host) eq 1 }`,
    `${answer(pages.methodNotAllowed)} if { method CONNECT }`,
    `${answer(pages.uriTooLong)} if { pathq -m len gt ${limits.uriBytes} }`,
  ];
}

/** What a sibling has let pass may be larger by what it has added. */
export function headerLimit({ limits }: EdgeSettings): string {
  const isLarger = `{ req.hdrs -m len gt ${limits.headerBytes} }`;
  return `${answer(pages.headersTooLarge)} if ${isLarger} !${is(request.hopState, "valid")}`;
}

/**
 * Siblings open many connections for many clients, from few addresses that nobody here knows in advance. An address has proved to
 * be one's by a valid hop header.
 */
function connectionLimit(perAddress: number): string[] {
  const { client } = counters;
  return [
    `tcp-request session track-sc${client} src table ${tables.clients}`,
    `tcp-request session reject if { sc${client}_conn_cur gt ${perAddress} } { sc${client}_get_gpt0 eq 0 }`,
  ];
}

/** Siblings ask by the cluster's own name whether it can be reached; no load balancer on the way could answer for it. */
function ownHealth({ zone, cluster }: EdgeSettings): string[] {
  const name = clusterName({ zone, parentZone: "" }, cluster);
  const isAsked = `{ path ${HEALTH_PATH} } ${is(request.name, name)}`;
  return [
    `http-request set-log-level silent if ${isAsked}`,
    `http-request return status 503 if ${isAsked} ${isStopping}`,
    `http-request return status 200 if ${isAsked}`,
  ];
}

export const HEALTH_PATH = "/healthz";

/** Backend `hosts`: the cluster's container VMs, an app always to the same one. Pure. */
import { pages } from "../pages";
import type { EdgeLimits, EdgeSettings, Member } from "../settings";
import { serverIds } from "../server-id";
import { HOSTED_NAME_HEADER } from "./forward";
import { HEALTH_PATH } from "./entry";
import { HOSTS } from "./names";
import { answer } from "./replies";
import { checked, checkedAddress, endpoint, section } from "./text";

/** Names of Compute Engine's instances, and of the sandbox's machines. */
const INSTANCE = /^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,126}[a-zA-Z0-9])?$/;

export function hostsSection(settings: EdgeSettings, members: readonly Member[]): string {
  const ids = serverIds(members.map(({ name }) => name));
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { limits } = settings;
  return section(`backend ${HOSTS}`, [
    `balance hdr(${HOSTED_NAME_HEADER})`,
    "hash-type consistent sdbm avalanche",
    // One that has just gone costs a connection that is refused, not a request.
    "option redispatch 1",
    "option httpchk",
    `http-check send meth GET uri ${HEALTH_PATH} ver HTTP/1.1 hdr host ${HOSTS}`,
    "http-check expect status 200",
    capacity(limits),
    `http-request set-timeout tunnel ${limits.workspaceIdleSeconds}s if { fe_name workspace }`,
    sorted.map((member) => `server ${memberServer(settings, member, ids.get(member.name) ?? 0)}`),
  ]);
}

/**
 * What is under way at all container VMs together, this request included, against what those that are healthy may have. Not by
 * servers' `maxconn`: HAProxy scales that with their slow start, to one in the first second, and does not look again at what
 * waits for a server before something that is under way there ends, which for a WebSocket may be never.
 */
function capacity({ connectionsPerHost }: EdgeLimits): string[] {
  const allowed = "txn.hosts_capacity";
  return [
    `http-request set-var(${allowed}) nbsrv,mul(${connectionsPerHost})`,
    `${answer(pages.noHost)} if { be_conn,sub(${allowed}) gt 0 }`,
  ];
}

/**
 * A member's words after `server` in the configuration, and after `add server hosts/` in the runtime API, which knows no defaults for
 * servers. There, checks and the server itself are to be enabled afterwards.
 */
export function memberServer({ limits, ports }: EdgeSettings, { name, address }: Member, id: number): string {
  return [
    checked("member", name, INSTANCE),
    endpoint(checkedAddress(`address of ${name}`, address), ports.hostApps),
    `id ${id}`,
    `check port ${ports.hostHealth} ${checks(limits)}`,
    `slowstart ${limits.slowStartSeconds}s`,
  ].join(" ");
}

/** Out after two checks that fail, or at once when connections do; in again after two that succeed. */
export function checks({ checkSeconds }: EdgeLimits): string {
  return `inter ${checkSeconds}s fastinter 500ms downinter ${checkSeconds}s fall 2 rise 2 observe layer4 error-limit 5 on-error mark-down`;
}

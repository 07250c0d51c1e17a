/** Backends of sibling clusters: one each for hosting and for workspaces, so that one that is dead costs the others nothing. Pure. */
import { clusterName } from "../../../../config/names";
import { siblingTimeout, siblingUnknown, siblingUnreachable } from "../pages";
import type { EdgeSettings, Sibling } from "../settings";
import { HEALTH_PATH } from "./entry";
import { signHop } from "./hop";
import { checks } from "./hosts";
import { PURPOSES, SIBLING_SERVER, siblingBackend, UNKNOWN_SIBLING, type Purpose } from "./names";
import { answer, insteadOfError, OWN_ERROR } from "./replies";
import { checked, checkedAddress, CLUSTER, endpoint, section } from "./text";

/**
 * A reused connection may end just when a request is sent: only what does once what it does twice is sent again. Not towards container
 * VMs, which keep idle connections for longer than the edge does: HAProxy copies a whole buffer for each request that it may repeat.
 */
const retryWhereSafe = [
  "retry-on conn-failure empty-response",
  "http-request disable-l7-retry unless { method GET HEAD OPTIONS }",
  "http-request disable-l7-retry if { req.fhdr_cnt(content-length) gt 0 } || { req.fhdr_cnt(transfer-encoding) gt 0 }",
];

export function siblingSections(settings: EdgeSettings, siblings: readonly Sibling[]): string {
  const backends = siblings.flatMap((sibling) => PURPOSES.map((purpose) => siblingSection(settings, sibling, purpose)));
  const unknown = section(`backend ${UNKNOWN_SIBLING}`, [answer(siblingUnknown(settings.cluster))]);
  return [...backends, unknown].join("\n");
}

function siblingSection(settings: EdgeSettings, sibling: Sibling, purpose: Purpose): string {
  const { cluster, zone, ports, limits } = settings;
  const name = checked("sibling", sibling.name, CLUSTER);
  const setting = `${purpose} address of ${name}`;
  const address = checkedAddress(setting, purpose === "hosting" ? sibling.hostingAddress : sibling.workspaceAddress);
  return section(`backend ${siblingBackend(purpose, name)}`, [
    "option httpchk",
    `http-check send meth GET uri ${HEALTH_PATH} ver HTTP/1.1 hdr host ${clusterName({ zone, parentZone: "" }, name)}`,
    "http-check expect status 200",
    retryWhereSafe,
    purpose === "workspace" ? `timeout tunnel ${limits.workspaceIdleSeconds}s` : [],
    signHop(cluster),
    ownErrors(cluster, name),
    // The queue's length is bounded before the backend is chosen, so that it is told from a sibling that is away.
    `server ${SIBLING_SERVER} ${endpoint(address, ports.sibling)} maxconn ${limits.connectionsPerSibling} check ${checks(limits)}`,
  ]);
}

/** HAProxy says 503 where no connection could be made; that is for services which are busy. The sibling's own 503 stays. */
function ownErrors(cluster: string, sibling: string): string[] {
  const unreachable = siblingUnreachable(cluster, sibling);
  return [
    insteadOfError(unreachable),
    insteadOfError(unreachable, { from: 503, marked: true }),
    insteadOfError(siblingTimeout(cluster, sibling)),
    `http-response del-header ${OWN_ERROR}`,
    `http-after-response set-status ${unreachable.status} if { res.fhdr_cnt(${OWN_ERROR}) gt 0 }`,
    `http-after-response del-header ${OWN_ERROR}`,
  ];
}

/** Listener `workspace`: WebSockets of users' apps, by path and with a token of the web server's. Pure. */
import { RESERVED_LABELS } from "../../../../config/names";
import { WORKSPACE_TOKEN } from "../../../web-server/workspace-token";
import { pages } from "../pages";
import type { EdgeSettings, Sibling } from "../settings";
import { entryLines, headerLimit } from "./entry";
import { setTrustedHeaders } from "./forward";
import { verifyHop } from "./hop";
import { answer } from "./replies";
import { route, userLimits } from "./routing";
import { LABEL, quoted, section } from "./text";
import { is, processWide, request } from "./variables";

/** Variables that live as long as the rules here need them. */
const local = { token: "txn.token", isSigned: "txn.token_signed", now: "txn.token_now" } as const;

export function workspaceSection(settings: EdgeSettings, siblings: readonly Sibling[]): string {
  return section("frontend workspace", [
    entryLines(settings, settings.ports.workspace),
    canonicalHost(settings),
    token(settings.workspaceTokenKeys.length),
    verifyHop(settings.hopKeys.length),
    headerLimit(settings),
    setTrustedHeaders,
    userLimits(settings),
    route(settings, siblings, "workspace"),
  ]);
}

/** `/<user>/<app>` and what may follow stand for `<app>.<user>.<zone>`. */
function canonicalHost({ zone }: EdgeSettings): string[] {
  const { path, user, app, host } = request;
  const reserved = RESERVED_LABELS.map((label) => `(?!${label}/)`).join("");
  return [
    `${answer(pages.unknownHost)} unless { var(${path}) -m reg ${quoted(`^/${reserved}(?!..--)${LABEL}/${LABEL}(?:/|$)`)} }`,
    `http-request set-var(${user}) var(${path}),field(2,/)`,
    `http-request set-var(${app}) var(${path}),field(3,/)`,
    `http-request set-var(${host}) var(${app}),concat(.,${user},.${zone})`,
  ];
}

/** Which cluster a token is used in makes no difference: all have the same keys, and each edge on the way checks it. */
function token(keyCount: number): string[] {
  const { token, isSigned, now } = local;
  const { algorithm, issuer, audience } = WORKSPACE_TOKEN;
  const claim = (name: string, type = "") => `var(${token}),jwt_payload_query('$.${name}'${type})`;
  const refuse = answer(pages.tokenNeeded);
  return [
    `http-request set-var(${token}) url_param(token)`,
    ...Array.from(
      { length: keyCount },
      (_, index) =>
        `http-request set-var(${isSigned}) str(yes) if { var(${token}),jwt_verify(${algorithm},${processWide.workspaceTokenKey(index)}) eq 1 }`,
    ),
    `http-request set-var(${now}) date`,
    `${refuse} unless ${is(isSigned, "yes")} { ${claim("iss")} -m str ${issuer} } { ${claim("aud")} -m str ${audience} }`,
    `${refuse} unless { ${claim("exp", ",'int'")},sub(${now}) gt 0 }`,
    `${answer(pages.otherWorkspace)} unless { ${claim("sub")},strcmp(${request.user}) eq 0 } { ${claim("app")},strcmp(${request.app}) eq 0 }`,
  ];
}

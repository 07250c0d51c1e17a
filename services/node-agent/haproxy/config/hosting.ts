/** Listener `hosting`: HTTP of users' apps, by `Host`. Pure. */
import { RESERVED_LABELS } from "../../../../config/names";
import { MAX_NAME_LENGTH } from "../../../contracts/names";
import { pages } from "../pages";
import type { EdgeSettings, Sibling } from "../settings";
import { entryLines, headerLimit } from "./entry";
import { setTrustedHeaders } from "./forward";
import { verifyHop } from "./hop";
import { answer } from "./replies";
import { lookup, route, userLimits } from "./routing";
import { LABEL, literally, quoted, section } from "./text";
import { request } from "./variables";

export function hostingSection(settings: EdgeSettings, siblings: readonly Sibling[]): string {
  return section("frontend hosting", [
    entryLines(settings, settings.ports.hosting),
    canonicalHost(settings),
    verifyHop(settings.hopKeys.length),
    headerLimit(settings),
    setTrustedHeaders,
    userLimits(settings),
    route(settings, siblings, "hosting"),
  ]);
}

/** The canonical host and its user, as `parseHostedName` of the contracts reads them: of the name in Host, or of what it stands for. */
function canonicalHost({ zone, directory }: EdgeSettings): string[] {
  const { name, host, user } = request;
  const isLong = `{ var(${host}) -m len gt ${MAX_NAME_LENGTH} }`;
  const labelsOfZone = zone.split(".").length;
  return [
    `http-request set-var(${host}) var(${name})`,
    ...lookup(directory, "domains", name, host, `unless { var(${name}) -m end .${zone} }`),
    `${answer(pages.unknownHost)} if ${isLong} || !{ var(${host}) -m reg ${quoted(hostedName(zone))} }`,
    `http-request set-var(${user}) var(${host}),field(-${labelsOfZone + 1},.)`,
  ];
}

/** Any labels, then the user's, which is neither reserved nor tagged like `xn--`, then the zone. */
function hostedName(zone: string): string {
  const reserved = RESERVED_LABELS.map((label) => `(?!${label}\\.)`).join("");
  return `^(?:${LABEL}\\.)*${reserved}(?!..--)${LABEL}\\.${literally(zone)}$`;
}

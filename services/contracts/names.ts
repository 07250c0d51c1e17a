/**
 * Names of users, apps and custom domains: what is accepted, and how it is written. Pure.
 *
 * Every name is a DNS name in ASCII, lower case, without trailing dot: what two callers write differently is one name here.
 */
import { domainToASCII } from "node:url";
import { RESERVED_LABELS } from "../../config/names";
import { Problem } from "./problems";

/** A label of RFC 1035 as RFC 1123 relaxed it: letters, digits and inner hyphens, at most 63 of them. */
export const LABEL_PATTERN = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
const LABEL = new RegExp(LABEL_PATTERN);
/** A whole name has at most 253 characters: 255 octets on the wire (RFC 1035, 3.1), less the length and the root. */
export const MAX_NAME_LENGTH = 253;
/** Third and fourth character of labels with a meaning of their own (RFC 5891, 4.2.3.1), such as `xn--`. */
const TAGGED = /^..--/;

/** The user's label in lower case. Throws `invalid-label` or `reserved-label`. */
export function parseUserLabel(text: string): string {
  const label = parseLabel(text);
  if ((RESERVED_LABELS as readonly string[]).includes(label)) {
    const reserved = RESERVED_LABELS.join(", ");
    throw new Problem("reserved-label", `"${label}" is reserved for the service (${reserved}): choose another name`);
  }
  return label;
}

function parseLabel(text: string): string {
  // Not for other alphabets: some of their letters have lower-case forms in ASCII, and two names would become one.
  const label = isAscii(text) ? text.toLowerCase() : text;
  if (!LABEL.test(label) || TAGGED.test(label)) {
    const rule = "1 to 63 letters, digits and hyphens, neither first nor last a hyphen, no hyphens third and fourth";
    throw new Problem("invalid-label", `"${text}" is no user name: it must be a DNS label (${rule})`);
  }
  return label;
}

/**
 * A custom domain as it is stored: IDNA turned into ASCII, lower case, no trailing dot. Throws `invalid-domain` for
 * anything that is no host name of two labels or more, and for names in the platform's own zones.
 */
export function parseDomain(text: string, ownZones: readonly string[]): string {
  const name = normalizedName(text);
  if (name === undefined || !name.includes(".") || /(^|\.)\d+$/.test(name)) {
    throw new Problem("invalid-domain", `"${text}" is no domain: it must be a host name such as www.example.org`);
  }
  const zone = ownZones.find((own) => name === own || name.endsWith(`.${own}`));
  if (zone !== undefined) {
    throw new Problem(
      "invalid-domain",
      `"${name}" lies in ${zone}, which is the platform's own: claim a name of yours`,
    );
  }
  return name;
}

/** What a host name names in the hosting zone: a user, and one of their apps unless it is the user's own name. */
export interface HostedName {
  readonly user: string;
  readonly app?: string;
}

/**
 * Reads `<app>.<user>.<zone>` or `<user>.<zone>`, in any case, with or without trailing dot and port; deeper names belong to
 * the same user, as the zone's wildcards do. Nothing for names outside the zone, for the zone itself and for reserved labels.
 */
export function parseHostedName(host: string, zone: string): HostedName | undefined {
  const name = normalizedName(host.replace(/:\d{1,5}$/, ""));
  if (!name?.endsWith(`.${zone}`)) return undefined;
  const labels = name.slice(0, -zone.length - 1).split(".");
  const user = labels.at(-1);
  if (user === undefined || TAGGED.test(user) || (RESERVED_LABELS as readonly string[]).includes(user))
    return undefined;
  const app = labels.slice(0, -1).join(".");
  return app === "" ? { user } : { user, app };
}

/** A host name in ASCII and lower case without trailing dot, or nothing where it is none. */
export function normalizedName(text: string): string | undefined {
  const name = toAscii(text.replace(/\.$/, ""));
  if (name === "" || name.length > MAX_NAME_LENGTH) return undefined;
  return name.split(".").every((label) => LABEL.test(label)) ? name : undefined;
}

function toAscii(text: string): string {
  return isAscii(text) ? text.toLowerCase() : domainToASCII(text).toLowerCase();
}

function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}

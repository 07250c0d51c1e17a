import { isUnknown, text, UNKNOWN, type Value } from "../provider/values";

/** The prefix of Compute Engine's self links. */
export const COMPUTE = "https://www.googleapis.com/compute/v1/";

/** A link without scheme, host and API version: `projects/p/global/networks/n`. Anything else stays as it is. */
export function relativeLink(value: string): string {
  return value
    .replace(/^(https:)?\/\/[^/]+\//, "")
    .replace(/^(compute|container|sql|dns)\//, "")
    .replace(/^v1(beta\d?)?\//, "")
    .replace(/\?.*$/, "");
}

/** Whether two values name the same resource, whatever form of link they use. */
export function sameLink(a: unknown, b: unknown): boolean {
  if (typeof a !== "string" || typeof b !== "string" || !a.includes("/") || !b.includes("/")) return false;
  return relativeLink(a) === relativeLink(b);
}

/** The last segment of a link: the resource's short name. */
export function shortName(link: string): string {
  return link.slice(link.lastIndexOf("/") + 1);
}

/** The segment after `kind` in a link: `projects/p/regions/r` has `r` after `regions`. */
export function linkPart(link: string, kind: string): string | undefined {
  const parts = relativeLink(link).split("/");
  const index = parts.indexOf(kind);
  return index < 0 ? undefined : parts[index + 1];
}

/** {@link linkPart} of a property that may be unknown or absent. */
export function partOf(value: Value | undefined, kind: string): Value | undefined {
  return isUnknown(value) ? UNKNOWN : linkPart(text(value), kind);
}

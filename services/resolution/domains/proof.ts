/** What proves that a user controls a domain: a CNAME to the claimed host, or the claim's challenge in a TXT record. */
import { normalizedName } from "../../contracts/names";
import type { DomainLookup } from "./lookup";

/** What a claim is proved against. */
interface Claim {
  readonly name: string;
  readonly host: string;
  readonly token: string;
}

export type Proof = { readonly proved: true } | { readonly proved: false; readonly remedy: string };

/** The name of a domain's challenge: below the domain, so that it can stand beside a CNAME, and no host name. */
export function challengeName(domain: string): string {
  return `_resolution-challenge.${domain}`;
}

/** Looks for either proof. A question that fails counts as one that proves nothing. */
export async function proofOf(claim: Claim, lookup: DomainLookup): Promise<Proof> {
  const [targets, texts] = await Promise.allSettled([lookup.cname(claim.name), lookup.txt(challengeName(claim.name))]);
  if (targets.status === "fulfilled" && targets.value.some((target) => normalizedName(target) === claim.host)) {
    return { proved: true };
  }
  if (texts.status === "fulfilled" && texts.value.includes(claim.token)) return { proved: true };
  const found = targets.status === "rejected" || texts.status === "rejected" ? "DNS did not answer" : "DNS has neither";
  const remedy =
    `"${claim.name}" is not proved, ${found}: add a CNAME from ${claim.name} to ${claim.host}, or a TXT record ` +
    `${challengeName(claim.name)} with "${claim.token}", and verify again when it is published`;
  return { proved: false, remedy };
}

/**
 * Asks DNS for everything that verifying a domain takes, and answers from that: for callers that then open a transaction, so
 * that none is open while strangers' name servers take their time.
 */
export async function answersOf(lookup: DomainLookup, domain: string): Promise<DomainLookup> {
  const name = normalizedName(domain);
  if (name === undefined) return { cname: () => Promise.resolve([]), txt: () => Promise.resolve([]) };
  const cname = lookup.cname(name);
  const txt = lookup.txt(challengeName(name));
  await Promise.allSettled([cname, txt]);
  return { cname: () => cname, txt: () => txt };
}

/**
 * What proves that a user controls a domain: a CNAME to the claimed host, or the claim's challenge in a TXT record. Where another user
 * had the name before, a CNAME may have been set for them, and only the challenge counts.
 */
import { normalizedName } from "../../contracts/names";
import type { DomainLookup } from "./lookup";

/** What a claim is proved against. */
interface Claim {
  readonly name: string;
  readonly host: string;
  readonly token: string;
  /** Whether another user had the user's name before. */
  readonly isReused: boolean;
}

export type Proof = { readonly proved: true } | { readonly proved: false; readonly remedy: string };

/** The name of a domain's challenge: below the domain, so that it can stand beside a CNAME, and no host name. */
export function challengeName(domain: string): string {
  return `_resolution-challenge.${domain}`;
}

/** Looks for a proof. A question that fails counts as one that proves nothing. */
export async function proofOf(claim: Claim, lookup: DomainLookup): Promise<Proof> {
  const { name, host, token, isReused } = claim;
  const [targets, texts] = await Promise.allSettled([lookup.cname(name), lookup.txt(challengeName(name))]);
  const pointsHere = targets.status === "fulfilled" && targets.value.some((target) => normalizedName(target) === host);
  if (pointsHere && !isReused) return { proved: true };
  if (texts.status === "fulfilled" && texts.value.includes(token)) return { proved: true };
  const isSilent = targets.status === "rejected" || texts.status === "rejected";
  const found = isSilent ? "DNS did not answer" : isReused ? "DNS has no challenge" : "DNS has neither";
  const byText = `a TXT record ${challengeName(name)} with "${token}", and verify again when it is published`;
  const remedy = isReused
    ? `add ${byText}; a CNAME proves nothing here, as it may have been set for an earlier user of the same name`
    : `add a CNAME from ${name} to ${host}, or ${byText}`;
  return { proved: false, remedy: `"${name}" is not proved, ${found}: ${remedy}` };
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

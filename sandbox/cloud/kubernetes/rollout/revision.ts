/** Names of revisions and pods. */
import { createHash, randomInt } from "node:crypto";

/** Kubernetes': without vowels and what looks like them, so that no word comes of it. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const REVISION_LENGTH = 10;
const SUFFIX_LENGTH = 5;

/** The revision of a pod template: the same for the same content, whatever the order of its keys. Pure. */
export function revisionOf(template: unknown): string {
  const hash = createHash("sha256").update(canonical(template)).digest();
  return Array.from(hash.subarray(0, REVISION_LENGTH), letter).join("");
}

/** A name that no other pod of the Deployment has. */
export function deploymentPodName(deployment: string, revision: string): string {
  const suffix = Array.from({ length: SUFFIX_LENGTH }, () => letter(randomInt(ALPHABET.length))).join("");
  return `${deployment}-${revision}-${suffix}`;
}

function letter(number: number): string {
  return ALPHABET[number % ALPHABET.length]!;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The secrets section: known names, and values that are never looked into and never printed. */
import { isMap } from "./draft";
import { unknownKey, type Problem } from "./problems";
import { PROJECT } from "./sections";

/** Section that holds secrets, each encrypted by Pulumi. It is never part of an environment. */
export const SECRETS_SECTION = "secrets";

/** The secrets that stacks read, as keys of `platform:secrets`, with what each is for. */
export const SECRET_MEANINGS = {
  edgeHopKey: "Signs the hop header between the edges of sibling clusters.",
  workspaceTokenKey: "Signs the token that the web server hands out for a WebSocket and an edge checks.",
  dnsUpdateKey: "The TSIG key with which a node agent updates its name server.",
} as const;
export type SecretName = keyof typeof SECRET_MEANINGS;
export const secretNames = Object.keys(SECRET_MEANINGS) as readonly SecretName[];

/**
 * What is wrong with the secrets section, which may be absent. A value is text, or in a file what Pulumi encrypted
 * (`secure: <ciphertext>`). No message holds a value.
 */
export function secretProblems(section: unknown): Problem[] {
  if (section === undefined) return [];
  if (!isMap(section))
    return [{ path: SECRETS_SECTION, message: `is not a map of secrets: ${secretNames.join(", ")}` }];
  return Object.entries(section).flatMap(([key, value]) => {
    const path = `${SECRETS_SECTION}.${key}`;
    if (!secretNames.some((known) => known === key)) return [unknownKey(path, key, secretNames)];
    return isSecretValue(value)
      ? []
      : [{ path, message: `is neither text nor secure: <ciphertext>; ${remedyForSecret(path)}` }];
  });
}

function isSecretValue(value: unknown): boolean {
  const text = isMap(value) && Object.keys(value).length === 1 ? value.secure : value;
  return typeof text === "string" && text !== "";
}

/** How a secret is set; `path` begins with the section. */
export function remedyForSecret(path: string): string {
  return `set it with: pulumi config set --secret --path '${PROJECT}:${path}'`;
}

/** Secrets from stack configuration: present and complete before anything is registered, secret from then on. */
import * as pulumi from "@pulumi/pulumi";
import { ConfigError, PROJECT, secretNames, type SecretName } from "../config";
import { remedyForSecret, SECRETS_SECTION } from "../config/secrets";

export type Secrets = Readonly<Record<SecretName, pulumi.Output<string>>>;

/**
 * The secrets of the stack's configuration, each marked secret. Throws a {@link ConfigError} that names every missing one
 * with the command that sets it, and never shows a value.
 */
export function readSecrets(values: Readonly<Record<string, string>>): Secrets {
  const given = JSON.parse(values[`${PROJECT}:${SECRETS_SECTION}`] ?? "{}") as Partial<Record<SecretName, unknown>>;
  const missing = secretNames.filter((name) => typeof given[name] !== "string" || given[name] === "");
  if (missing.length > 0) {
    const problems = missing.map((name) => {
      const path = `${SECRETS_SECTION}.${name}`;
      return { path, message: `is missing; ${remedyForSecret(path)}` };
    });
    throw new ConfigError("stack configuration", problems);
  }
  return Object.fromEntries(
    secretNames.map((name) => [name, pulumi.secret(given[name] as string)]),
  ) as unknown as Secrets;
}

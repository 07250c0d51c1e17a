import type { Failure } from "../provider/package";
import { isAbsent, isProperties, list, type Properties, show, type Value } from "../provider/values";
import { readCidr, parseIpv4 } from "../../config/cidr";
import type { Rule } from "./definition";

/** RFC 1035 name of at most 63 characters: what Compute Engine, Cloud SQL and GKE accept. */
const NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const NETWORK_TAG = NAME;

export function failure(property: string, reason: string): Failure {
  return { property, reason };
}

/** The string at `property` must match; unknown and absent values pass. */
export function pattern(property: string, expression: RegExp, remedy: string): Rule {
  return (inputs) => {
    const value = inputs[property];
    if (typeof value !== "string" || expression.test(value)) return [];
    return [failure(property, `${show(value)} is not valid; ${remedy}`)];
  };
}

/** The value at `property`, if given, must be one of `allowed`. */
export function oneOf(property: string, allowed: readonly string[]): Rule {
  return (inputs) => {
    const value = inputs[property];
    if (typeof value !== "string" || allowed.includes(value)) return [];
    return [failure(property, `${show(value)} is not valid; use one of ${allowed.join(", ")}`)];
  };
}

/** The number at `property`, if given, must lie within the bounds. */
export function range(property: string, minimum: number, maximum: number): Rule {
  return (inputs) => {
    const value = inputs[property];
    if (typeof value !== "number" || (value >= minimum && value <= maximum)) return [];
    return [failure(property, `${value} is out of bounds; use a number from ${minimum} to ${maximum}`)];
  };
}

export const name: Rule = pattern(
  "name",
  NAME,
  "use 1 to 63 lowercase letters, digits and hyphens, starting with a letter and not ending with a hyphen",
);

/** Labels: keys and values in lowercase, at most 63 characters, at most 64 of them. */
export function labels(property = "labels"): Rule {
  return (inputs) => {
    const given = inputs[property];
    if (!isProperties(given)) return [];
    const entries = Object.entries(given);
    const failures = entries.flatMap(([key, value]) => labelFailures(property, key, value));
    if (entries.length > 64) failures.push(failure(property, `has ${entries.length} labels; use at most 64`));
    return failures;
  };
}

function labelFailures(property: string, key: string, value: Value | undefined): Failure[] {
  const at = `${property}[${JSON.stringify(key)}]`;
  const rule = "use lowercase letters, digits, hyphens and underscores, at most 63";
  const failures: Failure[] = [];
  if (!LABEL_KEY.test(key))
    failures.push(failure(at, `the key ${show(key)} is not valid; ${rule}, beginning with a letter`));
  if (typeof value === "string" && !LABEL_VALUE.test(value))
    failures.push(failure(at, `${show(value)} is not valid; ${rule}`));
  return failures;
}

/** Every string of the list at `property` must be an IPv4 or IPv6 range. */
export function ranges(property: string): Rule {
  return (inputs) =>
    list(inputs[property]).flatMap((value, index) =>
      typeof value === "string" && !isIpRange(value)
        ? [failure(`${property}[${index}]`, `${show(value)} is not an IP range; write it like 10.0.0.0/8`)]
        : [],
    );
}

export function isIpRange(value: string): boolean {
  if (value.includes(":")) return /^[0-9a-fA-F:]+\/\d{1,3}$/.test(value);
  return readCidr(value) !== undefined || parseIpv4(value) !== undefined;
}

/** Every string of the list at `property` must be a network tag. */
export function tags(property: string): Rule {
  return (inputs) =>
    list(inputs[property]).flatMap((value, index) =>
      typeof value === "string" && !NETWORK_TAG.test(value)
        ? [
            failure(
              `${property}[${index}]`,
              `${show(value)} is not a network tag; tags follow the rules of names (RFC 1035)`,
            ),
          ]
        : [],
    );
}

/** A member of an IAM policy: `serviceAccount:...`, `user:...`, `allUsers` and so on. */
export function members(property: string): Rule {
  const expression =
    /^(allUsers|allAuthenticatedUsers|(user|serviceAccount|group|domain|projectOwner|projectEditor|projectViewer|principal|principalSet|deleted:[a-zA-Z]+):\S+)$/;
  return (inputs) => {
    const given = inputs[property];
    const values = Array.isArray(given) ? given : [given];
    return values.flatMap((value) =>
      typeof value === "string" && !expression.test(value)
        ? [failure(property, `${show(value)} is not a member; write it like serviceAccount:<email>`)]
        : [],
    );
  };
}

export const role: Rule = pattern(
  "role",
  /^(roles\/[\w.]+|(projects|organizations)\/[^/]+\/roles\/[\w.]+)$/,
  "write it like roles/logging.logWriter",
);

/** `property` must be given if `condition` holds. */
export function requiredIf(property: string, condition: (inputs: Properties) => boolean, reason: string): Rule {
  return (inputs) => (condition(inputs) && isAbsent(inputs[property]) ? [failure(property, reason)] : []);
}

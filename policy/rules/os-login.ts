import { isMachine } from "../support/machines";
import type { ResourceRule } from "../support/rule";
import { at, isMissing, show, UNKNOWN } from "../support/values";

export const osLogin: ResourceRule = {
  name: "os-login",
  description:
    "Whoever logs in to a machine does so as themselves, by OS Login; keys in metadata outlive the people they belong to.",
  severity: "high",
  remedy: 'set the metadata enable-oslogin to "TRUE" and remove ssh-keys',
  appliesTo: isMachine,
  check: ({ properties }) => {
    const enabled = at(properties, "metadata.enable-oslogin");
    const keys = at(properties, "metadata.ssh-keys");
    return [
      ...(enabled === UNKNOWN || isTrue(enabled) ? [] : [`metadata.enable-oslogin is ${show(enabled)}`]),
      ...(keys === UNKNOWN || isMissing(keys) ? [] : ["metadata.ssh-keys gives access by key"]),
    ];
  },
};

/** Google reads the text without regard to case. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
}

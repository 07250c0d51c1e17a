import { DATABASE } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { at, show, UNKNOWN } from "../support/values";

const PATH = "settings.ipConfiguration.sslMode";
const ENCRYPTED: readonly unknown[] = ["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED", UNKNOWN];

export const sqlEncrypted: ResourceRule = {
  name: "sql-encrypted",
  description: "The database refuses connections that are not encrypted.",
  severity: "high",
  remedy: `set ${PATH} to ENCRYPTED_ONLY`,
  appliesTo: ofTypes(DATABASE),
  check: ({ properties }) => {
    const mode = at(properties, PATH);
    return ENCRYPTED.includes(mode) ? [] : [`${PATH} is ${show(mode)}`];
  },
};

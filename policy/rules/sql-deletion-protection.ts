import { DATABASE } from "../support/machines";
import type { ResourceRule } from "../support/rule";
import { at, isNot, show } from "../support/values";

/** The first makes the provider refuse, the second Google, whoever asks. */
const PATHS = ["deletionProtection", "settings.deletionProtectionEnabled"];

export const sqlDeletionProtection: ResourceRule = {
  name: "sql-deletion-protection",
  description: "Neither Pulumi nor anybody in the console can delete a production database by mistake.",
  severity: "critical",
  remedy: `set ${PATHS.join(" and ")} to true`,
  appliesTo: (type, { environment }) => type === DATABASE && environment.production,
  check: ({ properties }) =>
    PATHS.filter((path) => isNot(at(properties, path), true)).map((path) => `${path} is ${show(at(properties, path))}`),
};

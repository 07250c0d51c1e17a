import { DATABASE } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { at, isMissing, isNot, show } from "../support/values";

const PATHS = ["settings.backupConfiguration.enabled", "settings.backupConfiguration.pointInTimeRecoveryEnabled"];

export const sqlBackups: ResourceRule = {
  name: "sql-backups",
  description:
    "The database is backed up and can be restored to any moment, so that a wrong write is not the last word.",
  severity: "critical",
  remedy: `set ${PATHS.join(" and ")} to true`,
  appliesTo: ofTypes(DATABASE),
  check: ({ properties }) => {
    // A replica has its primary's backups.
    if (!isMissing(properties.masterInstanceName)) return [];
    return PATHS.filter((path) => isNot(at(properties, path), true)).map(
      (path) => `${path} is ${show(at(properties, path))}`,
    );
  },
};

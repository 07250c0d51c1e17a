import { DATABASE } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { at, isMissing, isNot, show, UNKNOWN } from "../support/values";

const BLOCK = "settings.ipConfiguration";

export const sqlPrivate: ResourceRule = {
  name: "sql-private",
  description: "The database has a private address only: its network is the first thing that keeps others out.",
  severity: "critical",
  remedy: `set ${BLOCK}.ipv4Enabled to false, name the privateNetwork and authorize no other networks`,
  appliesTo: ofTypes(DATABASE),
  check: ({ properties }) => {
    const ipv4Enabled = at(properties, `${BLOCK}.ipv4Enabled`);
    const privateNetwork = at(properties, `${BLOCK}.privateNetwork`);
    const authorized = at(properties, `${BLOCK}.authorizedNetworks`);
    return [
      // Cloud SQL gives a public address unless told otherwise.
      ...(isNot(ipv4Enabled, false) ? [`${BLOCK}.ipv4Enabled is ${show(ipv4Enabled)}`] : []),
      ...(isMissing(privateNetwork) ? [`${BLOCK}.privateNetwork is missing`] : []),
      ...(isMissing(authorized) || authorized === UNKNOWN
        ? []
        : [`${BLOCK}.authorizedNetworks is ${show(authorized)}`]),
    ];
  },
};

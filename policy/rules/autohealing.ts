import { MANAGED_GROUP } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { at, isMissing } from "../support/values";

export const autohealing: ResourceRule = {
  name: "autohealing",
  description: "A group of machines replaces those whose health check fails, so that nobody has to at night.",
  severity: "high",
  remedy: "give the group autoHealingPolicies with a health check and the delay that a machine needs to start",
  appliesTo: ofTypes(MANAGED_GROUP),
  check: ({ properties }) =>
    ["autoHealingPolicies.healthCheck", "autoHealingPolicies.initialDelaySec"]
      .filter((path) => isMissing(at(properties, path)))
      .map((path) => `${path} is missing`),
};

import { factsOf } from "../support/catalogue";
import type { ResourceRule } from "../support/rule";
import { failureDomain } from "../support/scope";
import { at, isNot, show, UNKNOWN } from "../support/values";

export const labels: ResourceRule = {
  name: "labels",
  description:
    "Whatever takes labels names its environment and failure domain, so that an operator, a bill and an alert tell what a resource can take down.",
  severity: "medium",
  remedy: "label it with labelsOf() of components/labels.ts",
  appliesTo: (type) => factsOf(type)?.labels !== undefined,
  check: ({ type, properties }, scope) => {
    const property = factsOf(type)?.labels ?? "labels";
    const expected = { environment: scope.environment.name, "failure-domain": failureDomain(scope) };
    return Object.entries(expected).flatMap(([key, value]) => {
      // at() cannot be asked for a key with a dot in it; these have none.
      const found = at(properties, `${property}.${key}`);
      return found !== UNKNOWN && isNot(found, value)
        ? [`${property}.${key} is ${show(found)}, not ${show(value)}`]
        : [];
    });
  },
};

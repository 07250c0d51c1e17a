import { podContainers, runsPods } from "../support/pods";
import type { ResourceRule } from "../support/rule";
import { at, isMissing } from "../support/values";

/** No limit on CPU: it would slow a name server down while its node is idle. Requests already share CPU out fairly. */
const PATHS = ["resources.requests.cpu", "resources.requests.memory", "resources.limits.memory"];

export const podsResources: ResourceRule = {
  name: "pods-resources",
  description:
    "Containers say what they need and how much memory they may take, so that one cannot starve its neighbours.",
  severity: "medium",
  remedy: `set ${PATHS.join(", ")}`,
  appliesTo: runsPods,
  check: (resource) =>
    podContainers(resource).flatMap(({ name, spec }) =>
      PATHS.filter((path) => isMissing(at(spec, path))).map((path) => `container ${name}: ${path} is missing`),
    ),
};

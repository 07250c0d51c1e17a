import { podContainers, runsPods } from "../support/pods";
import type { ResourceRule } from "../support/rule";
import { at, isNot, show } from "../support/values";

const PATH = "securityContext.readOnlyRootFilesystem";

export const podsReadOnlyRoot: ResourceRule = {
  name: "pods-read-only-root",
  description: "Containers cannot write to their own file system, so that nothing can be planted in it.",
  severity: "medium",
  remedy: `set ${PATH} to true and mount a volume where the container has to write`,
  appliesTo: runsPods,
  check: (resource) =>
    podContainers(resource)
      .filter(({ spec }) => isNot(at(spec, PATH), true))
      .map(({ name, spec }) => `container ${name}: ${PATH} is ${show(at(spec, PATH))}`),
};

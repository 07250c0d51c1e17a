import { keepsPodsRunning, podContainers } from "../support/pods";
import type { ResourceRule } from "../support/rule";
import { isMissing } from "../support/values";

const PROBES = ["readinessProbe", "livenessProbe"] as const;

export const podsProbes: ResourceRule = {
  name: "pods-probes",
  description:
    "Containers that keep running can be asked whether they are ready and alive; without that, traffic goes to broken ones.",
  severity: "medium",
  remedy: "give the container a readinessProbe and a livenessProbe",
  appliesTo: keepsPodsRunning,
  check: (resource) =>
    podContainers(resource)
      .filter(({ initial }) => !initial)
      .flatMap(({ name, spec }) =>
        PROBES.filter((probe) => isMissing(spec[probe])).map((probe) => `container ${name}: ${probe} is missing`),
      ),
};

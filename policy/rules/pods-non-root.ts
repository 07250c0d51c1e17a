import { podContainers, podSpec, runsPods } from "../support/pods";
import type { ResourceRule } from "../support/rule";
import { at, isNot, show, type Properties } from "../support/values";

export const podsNonRoot: ResourceRule = {
  name: "pods-non-root",
  description:
    "Containers run as a user other than root and cannot become root, so that breaking out of one gains little.",
  severity: "high",
  remedy:
    "set securityContext.runAsNonRoot to true and allowPrivilegeEscalation to false, and never privileged or user 0",
  appliesTo: runsPods,
  check: (resource) => {
    const spec = podSpec(resource);
    return podContainers(resource).flatMap(({ name, spec: container }) =>
      faults(container, spec).map((fault) => `container ${name}: ${fault}`),
    );
  },
};

function faults(container: Properties, pod: unknown): string[] {
  // What a container says of itself overrides what its pod says of all.
  const setting = (key: string) => at(container, `securityContext.${key}`) ?? at(pod, `securityContext.${key}`);
  const escalation = setting("allowPrivilegeEscalation");
  return [
    ...(isNot(setting("runAsNonRoot"), true) ? [`runAsNonRoot is ${show(setting("runAsNonRoot"))}`] : []),
    ...(setting("runAsUser") === 0 ? ["runAsUser is 0, which is root"] : []),
    ...(setting("privileged") === true ? ["privileged is true"] : []),
    ...(isNot(escalation, false) ? [`allowPrivilegeEscalation is ${show(escalation)}`] : []),
  ];
}

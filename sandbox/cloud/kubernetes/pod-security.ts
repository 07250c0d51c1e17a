/** Whether a namespace would let pods in: the `restricted` Pod Security Standard, as far as what a pod may declare here goes. Pure. */
import { list, object, type Properties, text, type Value } from "../../provider/values";
import { Refusal } from "./refusal";

const ENFORCE = "pod-security.kubernetes.io/enforce";

/** Throws a Refusal if the namespace enforces a standard that the pod spec does not meet, or one that is not emulated. */
export function admit(podSpec: Properties, namespace: string, namespaceLabels: Readonly<Record<string, string>>): void {
  const standard = namespaceLabels[ENFORCE] ?? "privileged";
  if (standard === "privileged") return;
  if (standard !== "restricted") {
    throw new Refusal(
      `namespace ${namespace}: ${ENFORCE}=${standard} is not emulated; the sandbox knows privileged and restricted`,
    );
  }
  const pod = object(podSpec.securityContext);
  const violations = [...list(podSpec.initContainers), ...list(podSpec.containers)].flatMap((container) =>
    violationsOf(object(object(container).securityContext), pod).map(
      (violation) => `container ${text(object(container).name)}: ${violation}`,
    ),
  );
  if (violations.length > 0)
    throw new Refusal(`namespace ${namespace} lets in restricted pods only: ${violations.join("; ")}`);
}

function violationsOf(container: Properties, pod: Properties): string[] {
  const either = (property: string): Value | undefined => container[property] ?? pod[property];
  const seccomp = text(object(either("seccompProfile")).type);
  const { drop, add } = object(container.capabilities);
  const checks: Readonly<Record<string, boolean>> = {
    "allowPrivilegeEscalation must be false": container.allowPrivilegeEscalation === false,
    "privileged must not be true": container.privileged !== true,
    "runAsNonRoot must be true": either("runAsNonRoot") === true,
    "runAsUser must not be 0": either("runAsUser") !== 0,
    "seccompProfile must be RuntimeDefault or Localhost": ["RuntimeDefault", "Localhost"].includes(seccomp),
    "capabilities.drop must hold ALL": list(drop).includes("ALL"),
    "capabilities.add must hold nothing but NET_BIND_SERVICE": list(add).every((name) => name === "NET_BIND_SERVICE"),
  };
  return Object.entries(checks).flatMap(([violation, isMet]) => (isMet ? [] : [violation]));
}

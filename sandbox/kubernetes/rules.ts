import type { Failure } from "../provider/package";
import {
  isAbsent,
  isProperties,
  isUnknown,
  list,
  object,
  type Properties,
  scalarText,
  show,
  text,
  type Value,
} from "../provider/values";

/** Everything in an object of one kind that the API server refuses although its fields and their types are right. */
export type KindRule = (inputs: Properties) => readonly Failure[];

/** RFC 1123 names: of namespaces and services (label), of everything else (subdomain). */
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_KEY = /^((?=[^/]{1,253}\/)[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

export function failure(property: string, reason: string): Failure {
  return { property, reason };
}

/** Name, namespace and labels. */
export const metadata: KindRule = (inputs) => {
  const { name, namespace, labels } = object(inputs.metadata);
  const short = ["Namespace", "Service"].includes(text(inputs.kind));
  const failures: Failure[] = [];
  if (typeof name === "string" && !(short ? LABEL : SUBDOMAIN).test(name)) {
    const remedy = short
      ? "at most 63 lowercase letters, digits and hyphens"
      : "at most 253 lowercase letters, digits, hyphens and dots";
    failures.push(failure("metadata.name", `${show(name)} is not valid; use ${remedy}`));
  }
  if (typeof namespace === "string" && !LABEL.test(namespace)) {
    failures.push(
      failure(
        "metadata.namespace",
        `${show(namespace)} is not valid; use at most 63 lowercase letters, digits and hyphens`,
      ),
    );
  }
  return [...failures, ...labelFailures(labels, "metadata.labels")];
};

export function labelFailures(labels: Value | undefined, at: string): Failure[] {
  return Object.entries(object(labels)).flatMap(([key, value]): Failure[] => {
    const path = `${at}[${JSON.stringify(key)}]`;
    if (!QUALIFIED_KEY.test(key))
      return [
        failure(path, `the key ${show(key)} is not valid; use an optional domain, a slash and at most 63 characters`),
      ];
    if (isUnknown(value) || LABEL_VALUE.test(scalarText(value))) return [];
    return [
      failure(path, `${show(value)} is not valid; use at most 63 letters, digits, hyphens, underscores and dots`),
    ];
  });
}

/** A workload must select the pods that it makes. */
export const selector: KindRule = (inputs) => {
  const spec = object(inputs.spec);
  const wanted = object(object(spec.selector).matchLabels);
  const labels = object(object(spec.template).metadata).labels;
  const failures: Failure[] = [];
  if (isProperties(spec.selector) && isAbsent(spec.selector.matchExpressions) && Object.keys(wanted).length === 0) {
    failures.push(failure("spec.selector", "is empty; give matchLabels that the pods of the template carry"));
  }
  for (const [key, value] of Object.entries(wanted)) {
    const found = object(labels)[key];
    if (isUnknown(labels) || isUnknown(value) || isUnknown(found) || found === value) continue;
    failures.push(
      failure(
        "spec.selector.matchLabels",
        `${key}=${show(value)} does not match the template's label ${key}=${show(found)}; make them equal`,
      ),
    );
  }
  return failures;
};

/** At most one of the two budgets of a PodDisruptionBudget, and at least one. */
export const disruptionBudget: KindRule = (inputs) => {
  const { minAvailable, maxUnavailable } = object(inputs.spec);
  if (isAbsent(minAvailable) !== isAbsent(maxUnavailable)) return [];
  const found = isAbsent(minAvailable) ? "none is set" : "both are set";
  return [failure("spec.minAvailable", `exactly one of minAvailable, maxUnavailable must be set, but ${found}`)];
};

export const autoscaler: KindRule = (inputs) => {
  const { minReplicas = 1, maxReplicas } = object(inputs.spec);
  if (typeof minReplicas !== "number" || typeof maxReplicas !== "number") return [];
  if (minReplicas > maxReplicas) {
    return [
      failure("spec.minReplicas", `${minReplicas} is above maxReplicas ${maxReplicas}; lower it, or raise maxReplicas`),
    ];
  }
  return minReplicas < 1 ? [failure("spec.minReplicas", `${minReplicas} is below 1; use 1 or more`)] : [];
};

export const networkPolicy: KindRule = (inputs) =>
  list(object(inputs.spec).policyTypes).flatMap((type, index) =>
    isUnknown(type) || type === "Ingress" || type === "Egress"
      ? []
      : [failure(`spec.policyTypes[${index}]`, `${show(type)} is not valid; use Ingress or Egress`)],
  );

/** Keys of ConfigMaps and Secrets become file names; Secret data is base64. */
export const dataKeys: KindRule = (inputs) => {
  const failures = ["data", "binaryData", "stringData"].flatMap((property) =>
    Object.keys(object(inputs[property]))
      .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key))
      .map((key) =>
        failure(
          `${property}[${JSON.stringify(key)}]`,
          "the key is not valid; use letters, digits, hyphens, underscores and dots",
        ),
      ),
  );
  const encoded = inputs.kind === "Secret" ? "data" : "binaryData";
  for (const [key, value] of Object.entries(object(inputs[encoded]))) {
    if (typeof value !== "string" || /^[A-Za-z0-9+/]*={0,2}$/.test(value)) continue;
    failures.push(
      failure(`${encoded}[${JSON.stringify(key)}]`, "is not base64; encode the value, or use a plain-text property"),
    );
  }
  return failures;
};

const SERVICE_TYPES = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];

export const service: KindRule = (inputs) => {
  const spec = object(inputs.spec);
  const ports = list(spec.ports);
  const failures: Failure[] = [];
  const type = spec.type;
  if (typeof type === "string" && !SERVICE_TYPES.includes(type)) {
    failures.push(failure("spec.type", `${show(type)} is not valid; use one of ${SERVICE_TYPES.join(", ")}`));
  }
  if (isAbsent(spec.ports) && type !== "ExternalName" && spec.clusterIP !== "None") {
    failures.push(
      failure("spec.ports", "missing; give at least one port, or make the service headless (clusterIP: None)"),
    );
  }
  const seen = new Set<string>();
  ports.forEach((entry, index) => {
    const { name, port, protocol = "TCP" } = object(entry);
    const at = `spec.ports[${index}]`;
    if (ports.length > 1 && isAbsent(name))
      failures.push(failure(`${at}.name`, "missing; name every port of a service that has several"));
    if (typeof port === "number" && (port < 1 || port > 65535))
      failures.push(failure(`${at}.port`, `${port} is not a port; use 1 to 65535`));
    if (typeof port !== "number" || typeof protocol !== "string") return;
    const key = `${protocol}/${port}`;
    if (seen.has(key)) failures.push(failure(at, `${key} occurs twice; remove one of the ports`));
    seen.add(key);
  });
  return failures;
};

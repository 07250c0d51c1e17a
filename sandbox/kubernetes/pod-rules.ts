import type { Failure } from "../provider/package";
import { isAbsent, isProperties, list, object, type Properties, show, text, type Value } from "../provider/values";
import { failure, type KindRule, labelFailures } from "./rules";

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const HANDLERS = ["exec", "grpc", "httpGet", "tcpSocket"];
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"];
const QUANTITY = /^(\d+(?:\.\d+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;
const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The amount of `500m` or `2Gi`; undefined if it is malformed. */
function quantity(value: Value | undefined): number | undefined {
  const match = QUANTITY.exec(typeof value === "number" ? String(value) : text(value));
  return match === null ? undefined : Number(match[1]) * (UNITS[match[2] ?? ""] ?? 1);
}

/** The pods of a Deployment's or StatefulSet's template. */
export const podTemplate: KindRule = (inputs) => {
  const template = object(object(inputs.spec).template);
  const at = "spec.template";
  const spec = object(template.spec);
  const failures = labelFailures(object(template.metadata).labels, `${at}.metadata.labels`);
  if (isProperties(template.spec) && isAbsent(spec.containers)) {
    failures.push(failure(`${at}.spec.containers`, "missing; a pod needs at least one container"));
  }
  const policy = spec.restartPolicy;
  if (typeof policy === "string" && policy !== "Always") {
    failures.push(failure(`${at}.spec.restartPolicy`, `${show(policy)} is not possible here; remove it, it is Always`));
  }
  const claims = list(object(inputs.spec).volumeClaimTemplates).map((claim) => object(object(claim).metadata).name);
  const volumes = [...list(spec.volumes).map((volume) => object(volume).name), ...claims];
  const names = new Set<string>();
  for (const kind of ["initContainers", "containers"]) {
    list(spec[kind]).forEach((container, index) => {
      if (isProperties(container))
        failures.push(...containerFailures(container, `${at}.spec.${kind}[${index}]`, volumes, names));
    });
  }
  return failures;
};

function containerFailures(
  container: Properties,
  at: string,
  volumes: readonly (Value | undefined)[],
  names: Set<string>,
): Failure[] {
  const failures: Failure[] = [];
  const name = container.name;
  if (typeof name === "string") {
    if (!NAME.test(name))
      failures.push(
        failure(`${at}.name`, `${show(name)} is not valid; use at most 63 lowercase letters, digits and hyphens`),
      );
    if (names.has(name))
      failures.push(failure(`${at}.name`, `${show(name)} occurs twice; rename one of the containers`));
    names.add(name);
  }
  if (isAbsent(container.image)) failures.push(failure(`${at}.image`, "missing; set the image to run"));
  for (const probe of PROBES) failures.push(...probeFailures(container[probe], `${at}.${probe}`));
  list(container.volumeMounts).forEach((mount, index) => {
    const volume = object(mount).name;
    if (typeof volume !== "string" || volumes.includes(volume)) return;
    failures.push(
      failure(`${at}.volumeMounts[${index}].name`, `${show(volume)} is not a volume of the pod; add it to volumes`),
    );
  });
  list(container.ports).forEach((port, index) => {
    const number = object(port).containerPort;
    if (typeof number === "number" && (number < 1 || number > 65535)) {
      failures.push(failure(`${at}.ports[${index}].containerPort`, `${number} is not a port; use 1 to 65535`));
    }
  });
  return [...failures, ...resourceFailures(object(container.resources), `${at}.resources`)];
}

function probeFailures(probe: Value | undefined, at: string): Failure[] {
  if (!isProperties(probe)) return [];
  const given = HANDLERS.filter((handler) => !isAbsent(probe[handler]));
  if (given.length === 1) return [];
  const found = given.length === 0 ? "none is set" : `${given.join(" and ")} are set`;
  return [failure(at, `exactly one of ${HANDLERS.join(", ")} must be set, but ${found}`)];
}

function resourceFailures(resources: Properties, at: string): Failure[] {
  const [requests, limits] = [object(resources.requests), object(resources.limits)];
  const failures: Failure[] = [];
  for (const [kind, amounts] of [
    ["requests", requests],
    ["limits", limits],
  ] as const) {
    for (const [resource, value] of Object.entries(amounts)) {
      if ((typeof value === "string" || typeof value === "number") && quantity(value) === undefined) {
        failures.push(
          failure(`${at}.${kind}.${resource}`, `${show(value)} is not a quantity; write it like 500m or 2Gi`),
        );
      }
    }
  }
  for (const [resource, value] of Object.entries(requests)) {
    const [requested, limit] = [quantity(value), quantity(limits[resource])];
    if (requested === undefined || limit === undefined || requested <= limit) continue;
    failures.push(
      failure(
        `${at}.requests.${resource}`,
        `${show(value)} is above the limit ${show(limits[resource])}; lower it, or raise the limit`,
      ),
    );
  }
  return failures;
}

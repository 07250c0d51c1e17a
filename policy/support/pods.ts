/** Kubernetes workloads: where each kind keeps its pods' specification, and the containers in it. */
import { at, elements, isMap, text, type Properties } from "./values";
import type { Resource } from "./rule";

/** Kinds that keep pods running, by type token without its version. */
const LONG_RUNNING = [
  "apps:Deployment",
  "apps:StatefulSet",
  "apps:DaemonSet",
  "apps:ReplicaSet",
  "core:Pod",
  "core:ReplicationController",
];
const FINISHING = ["batch:Job", "batch:CronJob"];

/** A container of a pod. */
export interface PodContainer {
  readonly name: string;
  /** The container's own part of the specification. */
  readonly spec: Properties;
  /** Whether it runs once before the others; a sidecar among the init containers does not. */
  readonly initial: boolean;
}

/** Whether resources of the type run pods. */
export function runsPods(type: string): boolean {
  return LONG_RUNNING.includes(unversioned(type)) || FINISHING.includes(unversioned(type));
}

/** Whether resources of the type keep pods running, rather than run them to an end. */
export function keepsPodsRunning(type: string): boolean {
  return LONG_RUNNING.includes(unversioned(type));
}

/** `apps:Deployment` of `kubernetes:apps/v1:Deployment`. */
export function unversioned(type: string): string {
  const [, group, kind] = /^kubernetes:([^/:]+)\/[^:]+:([A-Za-z]+)$/.exec(type) ?? [];
  return `${group ?? ""}:${kind ?? ""}`;
}

/** The specification of the pods that a workload runs; undefined or unknown as its properties are. */
export function podSpec({ type, properties }: Resource): unknown {
  return at(properties, podSpecPath(unversioned(type)));
}

function podSpecPath(kind: string): string {
  if (kind === "core:Pod") return "spec";
  if (kind === "batch:CronJob") return "spec.jobTemplate.spec.template.spec";
  return "spec.template.spec";
}

/** The containers of the pods that a workload runs, those that run first included. */
export function podContainers(resource: Resource): readonly PodContainer[] {
  const spec = podSpec(resource);
  const main = elements(at(spec, "containers")).filter(isMap);
  const initial = elements(at(spec, "initContainers")).filter(isMap);
  return [
    ...main.map((container) => toContainer(container, false)),
    ...initial.map((container) => toContainer(container, container.restartPolicy !== "Always")),
  ];
}

function toContainer(spec: Properties, initial: boolean): PodContainer {
  return { name: text(spec.name) ?? "(unnamed)", spec, initial };
}

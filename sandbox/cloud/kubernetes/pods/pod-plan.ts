/** A pod template's spec, understood: what starts in which order with which folders, and how it is asked. Pure. */
import type { Container, PodSpec, Probe, Variable } from "../pod-schema";
import { Refusal } from "../refusal";

/** Where a volume's content comes from. */
export type VolumePlan =
  | { readonly kind: "configMap"; readonly configMap: string }
  | { readonly kind: "emptyDir" }
  /** A claim of the StatefulSet's templates, by the volume's name. */
  | { readonly kind: "claim" };

export interface MountPlan {
  readonly path: string;
  readonly volume: string;
  /** Folder within the volume; empty: all of it. */
  readonly subPath: string;
}

/** A probe with its port as a number; times in seconds. */
export interface ProbePlan extends Pick<
  Probe,
  "initialDelaySeconds" | "periodSeconds" | "timeoutSeconds" | "successThreshold" | "failureThreshold"
> {
  readonly port: number;
  /** Asked for by HTTP; undefined: a TCP connection is enough. */
  readonly path?: string;
}

export const PROBES = ["startup", "liveness", "readiness"] as const;
export type ProbeKind = (typeof PROBES)[number];

export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly Variable[];
  readonly mounts: readonly MountPlan[];
  readonly probes: Readonly<Partial<Record<ProbeKind, ProbePlan>>>;
  /** What comes after it starts only once it has started, and ends before it does. */
  readonly sidecar: boolean;
}

export interface PodPlan {
  /** In the order in which they start: sidecars first. */
  readonly containers: readonly ContainerPlan[];
  readonly volumes: Readonly<Record<string, VolumePlan>>;
  readonly serviceAccount: string;
  /** What the pod says about mounting a token of the Kubernetes API; undefined: the service account decides. */
  readonly automountServiceAccountToken: boolean | undefined;
  /** Container ports by name. */
  readonly namedPorts: Readonly<Record<string, number>>;
  /** Seconds that it goes on serving after it has been asked to go, so that nobody sends to it any more when it stops. */
  readonly preStopSeconds: number;
  /** Seconds from then until its containers are killed. */
  readonly stopSeconds: number;
}

/** The kubelet leaves containers at least this long between SIGTERM and SIGKILL, in seconds. */
const LEAST_STOP_SECONDS = 2;

/** Understands a pod's spec. Throws a {@link Refusal} for what cannot work, here or anywhere. */
export function podPlan(spec: PodSpec, claims: readonly string[]): PodPlan {
  const volumes = volumePlans(spec, claims);
  const preStopSeconds = preStop(spec);
  const containers = [
    ...spec.initContainers.map((container) => containerPlan(container, volumes, true)),
    ...spec.containers.map((container) => containerPlan(container, volumes, false)),
  ];
  return {
    containers,
    volumes,
    serviceAccount: spec.serviceAccountName,
    automountServiceAccountToken: spec.automountServiceAccountToken,
    namedPorts: namedPorts([...spec.containers, ...spec.initContainers]),
    preStopSeconds,
    stopSeconds: Math.max(spec.terminationGracePeriodSeconds - preStopSeconds, LEAST_STOP_SECONDS),
  };
}

function volumePlans(spec: PodSpec, claims: readonly string[]): Record<string, VolumePlan> {
  const volumes: Record<string, VolumePlan> = {};
  for (const { name, configMap } of spec.volumes) {
    if (volumes[name] !== undefined) throw new Refusal(`volume ${name}: is declared twice`);
    volumes[name] = configMap === undefined ? { kind: "emptyDir" } : { kind: "configMap", configMap: configMap.name };
  }
  // A claim hides a volume of the template of the same name.
  for (const name of claims) volumes[name] = { kind: "claim" };
  return volumes;
}

function containerPlan(
  container: Container,
  volumes: Readonly<Record<string, VolumePlan>>,
  sidecar: boolean,
): ContainerPlan {
  const { name, image, args, env } = container;
  const probes = PROBES.flatMap((kind) => {
    const probe = container[`${kind}Probe`];
    return probe === undefined ? [] : [[kind, probePlan(container, kind, probe)] as const];
  });
  return {
    name,
    image,
    args,
    env,
    mounts: container.volumeMounts.map((mount) => mountPlan(name, mount, volumes)),
    probes: Object.fromEntries(probes),
    sidecar,
  };
}

function mountPlan(
  container: string,
  { name, mountPath, subPath = "" }: Container["volumeMounts"][number],
  volumes: Readonly<Record<string, VolumePlan>>,
): MountPlan {
  const volume = volumes[name];
  if (volume === undefined) throw new Refusal(`container ${container}: mounts ${name}, which is no volume of the pod`);
  if (subPath.startsWith("/") || subPath.split("/").includes("..")) {
    throw new Refusal(`container ${container}: subPath ${subPath} of ${name} leads out of the volume`);
  }
  if (subPath !== "" && volume.kind === "configMap") {
    throw new Refusal(`container ${container}: subPath of ${name}, a ConfigMap, is not emulated; mount all of it`);
  }
  return { path: mountPath, volume: name, subPath };
}

function probePlan(container: Container, kind: ProbeKind, probe: Probe): ProbePlan {
  const { httpGet, tcpSocket, ...times } = probe;
  const asked = (httpGet ?? tcpSocket)!.port;
  const port = typeof asked === "number" ? asked : container.ports.find(({ name }) => name === asked)?.containerPort;
  if (port === undefined) {
    throw new Refusal(`container ${container.name}: its ${kind} probe asks port ${asked}, which it does not name`);
  }
  return httpGet === undefined ? { ...times, port } : { ...times, port, path: httpGet.path };
}

function namedPorts(containers: readonly Container[]): Record<string, number> {
  const ports: Record<string, number> = {};
  for (const { name, containerPort } of containers.flatMap((container) => container.ports)) {
    if (name !== undefined) ports[name] ??= containerPort;
  }
  return ports;
}

/** The one sleep of the pod: what its containers would each sleep before SIGTERM. */
function preStop(spec: PodSpec): number {
  const sleepOf = ({ lifecycle }: Container) => lifecycle?.preStop?.sleep.seconds ?? 0;
  const early = spec.initContainers.find((container) => sleepOf(container) > 0);
  if (early !== undefined) throw new Refusal(`container ${early.name}: preStop of a sidecar is not emulated`);
  const sleeps = new Set(spec.containers.map(sleepOf));
  if (sleeps.size > 1) {
    throw new Refusal(
      "preStop.sleep differs among the pod's containers, which the sandbox ends together; make it the same",
    );
  }
  const [sleep = 0] = sleeps;
  if (sleep > spec.terminationGracePeriodSeconds) {
    throw new Refusal(`preStop.sleep of ${sleep} s is longer than terminationGracePeriodSeconds`);
  }
  return sleep;
}

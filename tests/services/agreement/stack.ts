/** What the stack runs of the resolution service, with addresses and identities such as Google Cloud would give. */
import type { types } from "@pulumi/kubernetes";
import type { ClusterOutputs } from "../../../components/cluster-outputs";
import { apiDeployment } from "../../../components/resolution-service/manifests/api";
import { dnsStatefulSet } from "../../../components/resolution-service/manifests/dns";
import {
  agentVariables,
  apiVariables,
  nameServersVariable,
} from "../../../components/resolution-service/manifests/environment";
import { readEnvironmentFile, type Environment } from "../../../config";
import { serviceEmail } from "../../../config/names";
import { committedFile } from "../../support/environments";

type PodTemplate = types.input.core.v1.PodTemplateSpec;

/** A container as it was put together: everything is known, because nothing of it was an output. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPath?: string;
    readonly readOnly?: boolean;
  }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly tcpSocket?: { readonly port: string };
}

export interface Pod {
  readonly containers: readonly Container[];
  readonly securityContext: { readonly runAsUser: number; readonly runAsGroup: number };
}

export const environments: readonly Environment[] = (["prod", "sandbox"] as const).map((name) =>
  readEnvironmentFile(committedFile(name)),
);

const database = {
  host: "10.2.0.3",
  name: "resolution",
  user: "prod-shared-api@acme-hosting-prod.iam",
  authorities: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  serverName: "acme-hosting-prod:prod-shared-resolution",
};

/** The control API's pod in the environment's first region. */
export function apiPod(environment: Environment): Pod {
  const dnsIdentity = serviceEmail(environment.name, environment.project, "dns");
  const variables = apiVariables(environment, firstRegion(environment), { database, dnsIdentity });
  return podOf(apiDeployment(environment, variables).spec);
}

/** A name server's pod in a region, by default the environment's first. */
export function dnsPod(environment: Environment, region = firstRegion(environment)): Pod {
  const addresses = Object.keys(environment.resolution.regions).map((region, index) => [
    region,
    `203.0.113.${index + 1}`,
  ]);
  const variables = agentVariables(environment, region, {
    nameServers: nameServersVariable(environment, Object.fromEntries(addresses) as Record<string, string>),
    updateKeyVersion: "projects/1/locations/europe-west1/secrets/prod-shared-europe-west1-dns-update-key/versions/1",
  });
  return podOf(dnsStatefulSet(environment, variables).spec);
}

/** Outputs of a cluster's stack. */
export const clusterOutputs: ClusterOutputs = {
  hostingAddress: "203.0.113.10",
  workspaceAddress: "203.0.113.11",
  natAddress: "203.0.113.12",
  nodeIdentities: {
    host: "prod-free-host@acme-hosting-prod.iam.gserviceaccount.com",
    edge: "prod-free-edge@acme-hosting-prod.iam.gserviceaccount.com",
  },
};

/** The container with this name. Throws an Error when there is none. */
export function containerOf({ containers }: Pod, name: string): Container {
  const found = containers.find((container) => container.name === name);
  if (found === undefined)
    throw new Error(`no container ${name}; there are ${containers.map((c) => c.name).join(", ")}`);
  return found;
}

/** Its environment as its process gets it: a value that Kubernetes fills in is a pod's name, `$(NAME)` an earlier variable. */
export function environmentOf({ env = [] }: Container): Record<string, string> {
  const known: Record<string, string> = {};
  for (const { name, value = "dns-0" } of env) {
    known[name] = value.replace(REFERENCE, (text, earlier: string) => known[earlier] ?? text);
  }
  return known;
}

/** The variables that only others refer to, for Kubernetes to fill in. */
export function referredTo({ env = [] }: Container): string[] {
  return env.flatMap(({ value = "" }) => [...value.matchAll(REFERENCE)].map(([, name = ""]) => name));
}

const REFERENCE = /\$\(([A-Z_]+)\)/g;

/** The image's name, without registry and release. */
export function imageOf({ image }: Pick<Container, "image">): string {
  return image.replace(/:[^:/]*$/, "").replace(/^.*\//, "");
}

function firstRegion({ resolution }: Environment): string {
  const [region] = Object.keys(resolution.regions);
  if (region === undefined) throw new Error("the environment has no region of the resolution service");
  return region;
}

function podOf(spec: unknown): Pod {
  const { template } = spec as { template: PodTemplate };
  const {
    initContainers = [],
    containers,
    securityContext,
  } = template.spec as unknown as Pod & {
    initContainers?: readonly Container[];
  };
  return { containers: [...initContainers, ...containers], securityContext };
}

/** Every pod of every environment. */
export const pods: readonly { readonly name: string; readonly pod: Pod }[] = environments.flatMap((environment) => [
  { name: `control API of ${environment.name}`, pod: apiPod(environment) },
  { name: `name server of ${environment.name}`, pod: dnsPod(environment) },
]);
/** Every container of theirs. */
export const containers = pods.flatMap(({ name, pod }) =>
  pod.containers.map((container) => ({ name: `${container.name} in the ${name}`, container, pod })),
);

/** What was registered for one region's Kubernetes cluster, as the API server sees it. */
import type { types } from "@pulumi/kubernetes";
import type { RegisteredService } from "./registered-service";

export interface Container extends Omit<types.output.core.v1.Container, "ports"> {
  readonly ports: readonly { name: string; containerPort: number; protocol?: string }[];
}

export interface Template {
  readonly metadata: { readonly labels: Record<string, string> };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes: readonly { name: string }[];
    readonly serviceAccountName: string;
    readonly automountServiceAccountToken: boolean;
    readonly terminationGracePeriodSeconds: number;
  };
}

export interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector: { readonly matchLabels: Record<string, string> };
  readonly template: Template;
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}

export interface ServiceSpec {
  readonly type: string;
  readonly loadBalancerIP?: string;
  readonly externalTrafficPolicy?: string;
  readonly selector: Record<string, string>;
  readonly ports: readonly { port: number; targetPort: string; protocol: string }[];
}

/** Logical name of the second region's workloads, which has neither database nor anything else special. */
export const REGION = "resolution-europe-west4-workloads";

/** The `spec` of the object with this role. */
export function specOf<T>(service: RegisteredService, role: string): T {
  return service.one(`${REGION}-${role}`).inputs.spec as T;
}

/** All containers of a pod, sidecars included. */
export function containersOf({ spec }: Template): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** The container with this name. Throws when there is none. */
export function containerOf(template: Template, name: string): Container {
  const found = containersOf(template).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

/** Its environment variables: values, or where they come from. */
export function variablesOf({ env }: Container): Record<string, unknown> {
  return Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}

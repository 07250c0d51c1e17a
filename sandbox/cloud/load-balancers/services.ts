/** Kubernetes Services: what pods know by name, and Google's load balancers for those of that type. Pure. */
import { z } from "zod";
import type { CloudRecord } from "../../provider/store";
import type { Pod } from "../context";
import type { ResourceName } from "../controller";
import type { Endpoint } from "../network";
import { ingressAllowed } from "../kubernetes/network-policies";
import { gkeCluster, labelsOf, nameOf, namespaceOf, type GkeCluster } from "../kubernetes/records";
import { accepted, Refusal } from "../kubernetes/refusal";
import type { Frontend, Interpreted, LoadBalancer } from "./plan";
import { interpreted, throughGate, type Surroundings } from "./surroundings";
import { KINDS, TYPES } from "./types";

/** Seconds of silence after which Google's passthrough load balancers and kube-proxy forget a connection. */
const IDLE_SECONDS = 600;
/** What a load balancer of Google's hands on comes from anywhere. */
const ANYWHERE = "0.0.0.0/0";

const port = z.strictObject({
  name: z.string().optional(),
  port: z.number(),
  targetPort: z.union([z.number(), z.string()]).optional(),
  protocol: z.enum(["TCP", "UDP"]).default("TCP"),
});

const serviceSpec = z.strictObject({
  type: z.enum(["ClusterIP", "LoadBalancer"]).default("ClusterIP"),
  selector: z.record(z.string(), z.string()),
  ports: z.array(port).min(1),
  loadBalancerIP: z.string().optional(),
  // On one machine all pods are local, and clients' addresses are lost either way.
  externalTrafficPolicy: z.enum(["Local", "Cluster"]).optional(),
  internalTrafficPolicy: z.literal("Cluster").optional(),
  sessionAffinity: z.literal("None").optional(),
});

const service = z.object({
  metadata: z.object({
    annotations: z.strictObject({ "cloud.google.com/l4-rbs": z.literal("enabled").optional() }).default({}),
  }),
  spec: serviceSpec,
});

export type ServicePort = z.output<typeof port>;
export type ServiceSpec = z.output<typeof serviceSpec>;

/** A Kubernetes cluster and what it is at Google. */
export interface Cluster extends GkeCluster {
  readonly endpoint: string;
}

/** Throws a Refusal where no GKE cluster is recorded for the endpoint. */
export function clusterAt({ records }: Surroundings, endpoint: string): Cluster {
  const found = gkeCluster(records, endpoint);
  if (found === undefined) throw new Refusal(`no GKE cluster has the endpoint ${endpoint}`);
  return { ...found, endpoint };
}

/** The Service's specification as it is declared; throws a Refusal for what is not emulated. */
export function acceptedService(record: CloudRecord): ServiceSpec {
  return accepted(service, record.inputs).spec;
}

/** Whose address the Service has within its cluster. */
export function addressOwner(cluster: string, namespace: string, name: string): string {
  return `service/${cluster}/${namespace}/${name}`;
}

/** Its pods that get new connections. */
export function readyPods(
  { pods }: Surroundings,
  cluster: string,
  namespace: string,
  { selector }: ServiceSpec,
): readonly Pod[] {
  return pods.selected(cluster, namespace, selector).filter(({ ready, terminating }) => ready && !terminating);
}

/** Where a pod serves a port of the Service; undefined where it has no port of that name. */
export function targetOf(pod: Pod, { port, targetPort = port }: ServicePort): Endpoint | undefined {
  const number = typeof targetPort === "number" ? targetPort : pod.namedPorts[targetPort];
  return number === undefined ? undefined : { host: pod.address, port: number };
}

/** All Services of all clusters. */
export function services(surroundings: Surroundings): Interpreted[] {
  const { records } = surroundings;
  return records.kubernetesClusters().flatMap((endpoint) =>
    records.kubernetes(endpoint, KINDS.service).map((record) => {
      const resource = { scope: `kubernetes/${endpoint}`, type: record.type, id: record.id };
      return interpreted(resource, () => interpretService(surroundings, resource, endpoint, record));
    }),
  );
}

function interpretService(
  surroundings: Surroundings,
  resource: ResourceName,
  endpoint: string,
  record: CloudRecord,
): LoadBalancer {
  const spec = acceptedService(record);
  const cluster = clusterAt(surroundings, endpoint);
  const [namespace, name] = [namespaceOf(record), nameOf(record)];
  const inside = surroundings.network.claim(addressOwner(endpoint, namespace, name));
  const outside = spec.type === "LoadBalancer" ? externalAddress(surroundings, spec, cluster.region) : undefined;
  const troubles: string[] = [];
  const pods = readyPods(surroundings, endpoint, namespace, spec);
  if (pods.length === 0) troubles.push("no pod is ready");
  const unit = `${cluster.name}/service/${name}`;
  const frontends = spec.ports.flatMap((servicePort) => {
    const { protocol, port: number } = servicePort;
    const targets = pods.map((pod) => ({ pod, target: needTarget(pod, servicePort, troubles) }));
    const known = targets.flatMap(({ pod, target }) => (target === undefined ? [] : [{ pod, target }]));
    const listening = (host: string) => ({ host, port: surroundings.network.port(number) });
    const front = (suffix: string, host: string, servers: readonly { pod: Pod; target: Endpoint }[]) =>
      frontendOf(`${cluster.name}.${namespace}.${name}.${number}${suffix}`, protocol, [listening(host)], servers);
    const within = known.map(({ pod, target }) => ({
      pod,
      target: { ...target, port: surroundings.network.port(target.port) },
    }));
    if (outside === undefined) return [front("", inside, within)];
    const reached = known.map(({ pod, target }) => {
      const gate = (range: string, port: number) =>
        policiesLet(surroundings, endpoint, namespace, pod, protocol, range, port);
      const through = throughGate(surroundings, gate, target, [ANYWHERE]);
      troubles.push(...through.troubles.map((reason) => `${pod.name}: ${reason}`));
      return { pod, target: through.endpoint };
    });
    return [front("", inside, within), front(".external", outside, reached)];
  });
  const labels = labelsOf(record);
  return {
    resource,
    unit,
    failureDomain: labels["failure-domain"] ?? "shared",
    role: labels.role ?? name,
    region: cluster.region,
    address: outside ?? inside,
    frontends,
    troubles: [...new Set(troubles)],
    service: { cluster: endpoint, fqdn: `${name}.${namespace}.svc.cluster.local`, address: inside },
  };
}

/** Whether network policies let connections from a range in to a pod. */
export function policiesLet(
  { records }: Surroundings,
  cluster: string,
  namespace: string,
  { labels }: Pod,
  protocol: "TCP" | "UDP",
  range: string,
  port: number,
): { readonly allowed: boolean; readonly reason: string } {
  const [ip = ""] = range.split("/");
  return ingressAllowed(records, cluster, namespace, labels, port, protocol, { ip });
}

function needTarget(pod: Pod, servicePort: ServicePort, troubles: string[]): Endpoint | undefined {
  const target = targetOf(pod, servicePort);
  if (target === undefined) troubles.push(`${pod.name} has no port named ${servicePort.targetPort}`);
  return target;
}

function externalAddress({ records }: Surroundings, { loadBalancerIP }: ServiceSpec, region: string): string {
  if (loadBalancerIP === undefined)
    throw new Refusal("spec.loadBalancerIP: the sandbox gives out no addresses by itself");
  const isReserved = records
    .google(TYPES.address)
    .some(({ outputs }) => outputs.address === loadBalancerIP && outputs.region === region);
  if (isReserved) return loadBalancerIP;
  throw new Refusal(`spec.loadBalancerIP: ${loadBalancerIP} is no reserved address of ${region}`);
}

function frontendOf(
  name: string,
  protocol: "TCP" | "UDP",
  listen: readonly Endpoint[],
  servers: readonly { readonly pod: Pod; readonly target: Endpoint }[],
): Frontend {
  if (protocol === "UDP") return { kind: "udp", name, listen, targets: servers.map(({ target }) => target) };
  const backend = {
    name,
    servers: servers.map(({ pod, target }) => ({ name: pod.name, endpoint: target })),
    proxyHeader: false,
    idleSeconds: IDLE_SECONDS,
    drainSeconds: IDLE_SECONDS,
  };
  return { kind: "tcp", name, listen, backend };
}

/** Backends of gateways: a Service's pods, with the policies that are attached to it. Pure. */
import { sameLink } from "../../gcp/links";
import type { CloudRecord } from "../../provider/store";
import { object, text } from "../../provider/values";
import type { Instance, Pod } from "../context";
import { find, namespaceOf } from "../kubernetes/records";
import { accepted, Refusal } from "../kubernetes/refusal";
import type { z } from "zod";
import { backendPolicy, healthCheckPolicy } from "./gateway-schema";
import type { Backend, Server } from "./plan";
import { acceptedService, policiesLet, readyPods, targetOf, type Cluster } from "./services";
import { HEALTH_CHECK_RANGES, throughGate, type Gate, type Surroundings } from "./surroundings";
import { KINDS, TYPES } from "./types";

/** Names the port of a Service. */
export interface BackendRef {
  readonly name: string;
  readonly port: number;
}

type AnyPolicy = z.ZodType<{ readonly spec: { readonly targetRef: { readonly name: string } } }>;

/** The specification of the policy of a kind that is attached to an object of this name; undefined where there is none. */
export function attached<Schema extends AnyPolicy>(
  { records }: Surroundings,
  schema: Schema,
  kind: string,
  cluster: string,
  namespace: string,
  name: string,
): z.output<Schema>["spec"] | undefined {
  const policies = records.kubernetes(cluster, kind).filter((record) => namespaceOf(record) === namespace);
  const read = (record: CloudRecord) => accepted(schema, record.inputs);
  return policies.map(read).find(({ spec }) => spec.targetRef.name === name)?.spec;
}

/**
 * Undefined while there is no such Service: objects are made in any order, and a route to nowhere waits for its Service.
 * @param proxies range that the load balancer's proxies connect from.
 */
export function podBackend(
  surroundings: Surroundings,
  cluster: Cluster,
  namespace: string,
  ref: BackendRef,
  proxies: string,
  troubles: string[],
): Backend | undefined {
  const { endpoint } = cluster;
  const record = find(surroundings.records, endpoint, KINDS.service, namespace, ref.name);
  if (record === undefined) {
    troubles.push(`there is no Service ${namespace}/${ref.name}`);
    return undefined;
  }
  const service = acceptedService(record);
  const servicePort = service.ports.find(({ port, protocol }) => port === ref.port && protocol === "TCP");
  if (servicePort === undefined) throw new Refusal(`spec.rules: Service ${ref.name} has no TCP port ${ref.port}`);
  const policy = <Schema extends AnyPolicy>(schema: Schema, kind: string) =>
    attached(surroundings, schema, kind, endpoint, namespace, ref.name);
  const health = (
    policy(healthCheckPolicy, KINDS.healthCheckPolicy) ?? healthCheckPolicy.shape.spec.parse(UNCONFIGURED)
  ).default;
  const timeouts = (policy(backendPolicy, KINDS.backendPolicy) ?? backendPolicy.shape.spec.parse(UNCONFIGURED)).default;
  const { port: healthPort, requestPath, host } = health.config.httpHealthCheck;
  const nodes = nodesOf(surroundings, cluster);
  const pods = readyPods(surroundings, endpoint, namespace, service);
  if (pods.length === 0) troubles.push(`no pod of Service ${ref.name} is ready`);
  const servers = pods.flatMap((pod): Server[] => {
    const target = targetOf(pod, servicePort);
    if (target === undefined) {
      troubles.push(`${pod.name} has no port named ${servicePort.targetPort}`);
      return [];
    }
    const gate = gateOfPod(surroundings, cluster, namespace, pod, nodes);
    const serving = throughGate(surroundings, gate, target, [proxies]);
    const asked = { ...target, port: healthPort ?? target.port };
    const checked = throughGate(surroundings, gate, asked, HEALTH_CHECK_RANGES);
    troubles.push(...[...serving.troubles, ...checked.troubles].map((reason) => `${pod.name}: ${reason}`));
    return [{ name: pod.name, endpoint: serving.endpoint, health: checked.endpoint }];
  });
  return {
    name: `${cluster.name}.${namespace}.${ref.name}.${ref.port}.pods`,
    servers,
    healthCheck: {
      path: requestPath,
      ...(host !== undefined && { host }),
      interval: health.checkIntervalSec,
      timeout: health.timeoutSec,
      healthy: health.healthyThreshold,
      unhealthy: health.unhealthyThreshold,
    },
    proxyHeader: false,
    idleSeconds: timeouts.timeoutSec,
    drainSeconds: timeouts.connectionDraining.drainingTimeoutSec,
  };
}

/** Policies that nobody has declared. */
const UNCONFIGURED = { default: {}, targetRef: { group: "", kind: "Service", name: "" } };

interface Nodes {
  readonly network: string;
  readonly serviceAccount: string;
}

function nodesOf({ records }: Surroundings, { name }: Cluster): Nodes {
  const cluster = records.google(TYPES.cluster).find(({ outputs }) => outputs.name === name);
  const pool = records.google(TYPES.nodePool).find(({ outputs }) => {
    return sameLink(text(outputs.cluster), cluster?.id) || outputs.cluster === name;
  });
  const config = object(pool?.outputs.nodeConfig ?? cluster?.outputs.nodeConfig);
  return { network: text(cluster?.outputs.network), serviceAccount: text(config.serviceAccount) };
}

/** The VPC's firewall holds for a pod by its node; network policies hold for the pod itself. */
function gateOfPod(surroundings: Surroundings, cluster: Cluster, namespace: string, pod: Pod, nodes: Nodes): Gate {
  const node: Instance = {
    ...nodes,
    name: pod.name,
    zone: cluster.region,
    labels: pod.labels,
    status: "RUNNING",
    address: pod.address,
    namedPorts: pod.namedPorts,
    accepting: true,
    machine: pod.machine,
  };
  return (range, port) => {
    const firewall = surroundings.firewall.allows(surroundings.records, node, port, { range });
    return firewall.allowed
      ? policiesLet(surroundings, cluster.endpoint, namespace, pod, "TCP", range, port)
      : firewall;
  };
}

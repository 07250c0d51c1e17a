/**
 * The name servers' objects: StatefulSet, the two Services on one address, and disruption budget. Pure.
 *
 * There is no autoscaler: one pod answers more queries than the whole platform is asked (138,000 a second on two cores), a
 * new one must load the zone before it helps, and resolvers move to another name server by themselves.
 */
import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../../config";
import { nodeOptions } from "../../containers";
import { publicPorts, resolutionPorts } from "../../ports";
import { directories, envOf, knotConfigFile, POD_NAME, type AgentVariables } from "./environment";
import { metadataOf, objectLabels, selectorOf, WORKLOAD_NAMES } from "./metadata";
import { containerSecurity, podTemplate, serviceImage, spreadOver } from "./pods";

type Container = types.input.core.v1.Container;
type Service = types.input.core.v1.Service;
type StatefulSet = types.input.apps.v1.StatefulSet;

const NAME = WORKLOAD_NAMES.dns;
const STATE_VOLUME = "state";
const RUN_VOLUME = "run";
/** GB: zone, journal (at most 4 GB by Knot's configuration) and the agent's last state. */
const STATE_GB = 10;
/** Seconds that a stopping pod goes on answering, until the load balancer has stopped sending to it. */
const DEREGISTRATION_SECONDS = 20;
/** Seconds for Knot to write what it holds and close its journal. */
const SHUTDOWN_SECONDS = 40;

/**
 * The StatefulSet. Each pod has a disk of its own, from which it starts and serves when neither store nor control API can
 * be reached. The disk holds nothing that cannot be had again from the feed, so it goes with its pod.
 */
export function dnsStatefulSet(environment: Environment, variables: AgentVariables): StatefulSet {
  const { replicas } = environment.resolution.dns;
  return {
    metadata: metadataOf(environment, NAME, "dns"),
    spec: {
      replicas,
      selector: { matchLabels: selectorOf("dns") },
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate" },
      minReadySeconds: 10,
      revisionHistoryLimit: 3,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
      template: podTemplate(environment, "dns", {
        terminationGracePeriodSeconds: DEREGISTRATION_SECONDS + SHUTDOWN_SECONDS,
        // Disks are zonal and tie a pod to where it first ran, so the spread is enforced then.
        topologySpreadConstraints: [
          spreadOver("dns", "topology.kubernetes.io/zone", "DoNotSchedule"),
          spreadOver("dns", "kubernetes.io/hostname", "ScheduleAnyway"),
        ],
        // A sidecar: it starts before Knot, which needs the configuration that the agent writes, and stops after it.
        initContainers: [{ ...agentContainer(environment, variables), restartPolicy: "Always" }],
        containers: [knotContainer(environment)],
        volumes: [{ name: RUN_VOLUME, emptyDir: { medium: "Memory", sizeLimit: "16Mi" } }],
      }),
      volumeClaimTemplates: [
        {
          metadata: { name: STATE_VOLUME, labels: objectLabels(environment, "dns") },
          spec: {
            accessModes: ["ReadWriteOnce"],
            // Balanced persistent disk, bound in the zone that the pod is scheduled to; each GKE cluster has it.
            storageClassName: "standard-rwo",
            resources: { requests: { storage: `${STATE_GB}Gi` } },
          },
        },
      ],
    },
  };
}

function knotContainer(environment: Environment): Container {
  const probe = { tcpSocket: { port: "dns-tcp" }, timeoutSeconds: 2 };
  return {
    name: "knot",
    image: serviceImage(environment, "knot"),
    args: ["--config", knotConfigFile],
    ports: [
      { name: "dns-udp", containerPort: resolutionPorts.dns, protocol: "UDP" },
      { name: "dns-tcp", containerPort: resolutionPorts.dns, protocol: "TCP" },
    ],
    // A zone of a million users loads in seconds; five minutes allow for a long journal on a slow disk.
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
    livenessProbe: { ...probe, periodSeconds: 10 },
    readinessProbe: { ...probe, periodSeconds: 5 },
    lifecycle: { preStop: { sleep: { seconds: DEREGISTRATION_SECONDS } } },
    resources: resources({ cpu: "500m", cpuLimit: "2", memoryMb: memoryOf(environment).knot }),
    securityContext: containerSecurity(),
    volumeMounts: [
      { name: RUN_VOLUME, mountPath: directories.knotRun },
      { name: STATE_VOLUME, mountPath: directories.knotState, subPath: "knot" },
    ],
  };
}

/** It listens once Knot's configuration is written, and stays ready without the control API: its zone is still served. */
function agentContainer(environment: Environment, variables: AgentVariables): Container {
  return {
    name: "node-agent",
    image: serviceImage(environment, "node-agent"),
    // First, because a variable can only refer to one before it.
    env: [
      { name: POD_NAME, valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      ...envOf(variables),
      { name: "NODE_OPTIONS", value: nodeOptions(memoryOf(environment).agent) },
    ],
    ports: [
      { name: "agent", containerPort: resolutionPorts.agentHealth },
      { name: "metrics", containerPort: resolutionPorts.metrics },
    ],
    startupProbe: { httpGet: { path: "/healthz", port: "agent" }, periodSeconds: 2, failureThreshold: 60 },
    livenessProbe: { httpGet: { path: "/healthz", port: "agent" }, periodSeconds: 10, timeoutSeconds: 2 },
    readinessProbe: { httpGet: { path: "/readyz", port: "agent" }, periodSeconds: 5, timeoutSeconds: 2 },
    resources: resources({ cpu: "100m", cpuLimit: "1", memoryMb: memoryOf(environment).agent }),
    securityContext: containerSecurity(),
    volumeMounts: [
      { name: RUN_VOLUME, mountPath: directories.knotRun },
      { name: STATE_VOLUME, mountPath: directories.knotState, subPath: "knot" },
      { name: STATE_VOLUME, mountPath: directories.agentState, subPath: "agent" },
    ],
  };
}

/** The pod's memory: a quarter is the agent's, the rest Knot's, which holds the zone. */
function memoryOf({ resolution }: Environment): { knot: number; agent: number } {
  const agent = Math.floor(resolution.dns.memoryMb / 4);
  return { agent, knot: resolution.dns.memoryMb - agent };
}

function resources({ cpu, cpuLimit, memoryMb }: { cpu: string; cpuLimit: string; memoryMb: number }) {
  // Memory is what it may use: a name server that is evicted for using its limit is no name server.
  const memory = `${memoryMb}Mi`;
  return { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory } };
}

/**
 * The Services for UDP and TCP. GKE makes one forwarding rule per Service, and rules of different protocols may share a
 * static address; both must then be load balancers of the same kind, which the annotation says. `Local` keeps the
 * client's address, by which Knot limits the rate of its answers, and spares a hop.
 */
export function dnsServices(environment: Environment, address: pulumi.Input<string>): Record<"udp" | "tcp", Service> {
  const service = (protocol: "UDP" | "TCP"): Service => {
    const name = `${NAME}-${protocol.toLowerCase()}`;
    return {
      metadata: {
        ...metadataOf(environment, name, "dns"),
        annotations: { "cloud.google.com/l4-rbs": "enabled" },
      },
      spec: {
        type: "LoadBalancer",
        loadBalancerIP: address,
        externalTrafficPolicy: "Local",
        selector: selectorOf("dns"),
        ports: [{ name, port: publicPorts.dns, targetPort: name, protocol }],
      },
    };
  };
  return { udp: service("UDP"), tcp: service("TCP") };
}

/** At most one name server of a region is evicted at a time. */
export function dnsDisruptionBudget(environment: Environment): types.input.policy.v1.PodDisruptionBudget {
  return {
    metadata: metadataOf(environment, NAME, "dns"),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf("dns") } },
  };
}

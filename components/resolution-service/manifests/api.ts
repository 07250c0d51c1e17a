/** The control API's objects: Deployment, Service, autoscaler and disruption budget. Pure. */
import type { types } from "@pulumi/kubernetes";
import type { Environment } from "../../../config";
import { nodeOptions } from "../../containers";
import { resolutionPorts } from "../../ports";
import { CLUSTERS } from "./clusters";
import { directories, envOf, type ApiVariables } from "./environment";
import { metadataOf, selectorOf, WORKLOAD_NAMES } from "./metadata";
import { containerSecurity, podTemplate, serviceImage, spreadOver } from "./pods";

type Deployment = types.input.apps.v1.Deployment;

const NAME = WORKLOAD_NAMES.api;
/** Port of the Service within the cluster. */
export const API_SERVICE_PORT = 80;
/** Every user's home is in memory, so that answers do not depend on the store. */
const MEMORY_MB = 1024;
/** CPU of the requested amount that the autoscaler aims at, in percent: room for one region to take over another's load. */
const TARGET_CPU_PERCENT = 50;
/** Seconds that a stopping pod goes on serving, until the load balancer has stopped sending to it. */
const DEREGISTRATION_SECONDS = 20;
/** Seconds for feeds and requests in flight to end after that. */
const SHUTDOWN_SECONDS = 30;

/** The Deployment. It names no number of replicas: that is the autoscaler's, and a value here would reset it. */
export function apiDeployment(environment: Environment, variables: ApiVariables): Deployment {
  return {
    metadata: metadataOf(environment, NAME, "api"),
    spec: {
      selector: { matchLabels: selectorOf("api") },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      revisionHistoryLimit: 3,
      template: podTemplate(environment, "api", {
        terminationGracePeriodSeconds: DEREGISTRATION_SECONDS + SHUTDOWN_SECONDS,
        // A lost zone must not keep replicas from starting in the others, so the spread is a wish.
        topologySpreadConstraints: [
          spreadOver("api", "topology.kubernetes.io/zone", "ScheduleAnyway"),
          spreadOver("api", "kubernetes.io/hostname", "ScheduleAnyway"),
        ],
        containers: [apiContainer(environment, variables)],
        volumes: [{ name: "clusters", configMap: { name: CLUSTERS } }],
      }),
    },
  };
}

function apiContainer(environment: Environment, variables: ApiVariables): types.input.core.v1.Container {
  return {
    name: NAME,
    image: serviceImage(environment, "control-api"),
    env: [...envOf(variables), { name: "NODE_OPTIONS", value: nodeOptions(MEMORY_MB) }],
    ports: [
      { name: "http", containerPort: resolutionPorts.api },
      { name: "metrics", containerPort: resolutionPorts.metrics },
    ],
    // Migrations run before it listens: two minutes.
    startupProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 5, failureThreshold: 24 },
    livenessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10, timeoutSeconds: 2 },
    readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 5, timeoutSeconds: 2 },
    lifecycle: { preStop: { sleep: { seconds: DEREGISTRATION_SECONDS } } },
    resources: {
      requests: { cpu: "250m", memory: `${MEMORY_MB}Mi` },
      limits: { cpu: "1", memory: `${MEMORY_MB}Mi` },
    },
    securityContext: containerSecurity(),
    volumeMounts: [{ name: "clusters", mountPath: directories.clusters, readOnly: true }],
  };
}

/** The Service: for the name servers' agents within the cluster, and what the load balancer takes its endpoints from. */
export function apiService(environment: Environment): types.input.core.v1.Service {
  return {
    metadata: metadataOf(environment, NAME, "api"),
    spec: {
      type: "ClusterIP",
      selector: selectorOf("api"),
      ports: [{ name: "http", port: API_SERVICE_PORT, targetPort: "http", protocol: "TCP" }],
    },
  };
}

/** The autoscaler, between the configured numbers of replicas. */
export function apiAutoscaler(environment: Environment): types.input.autoscaling.v2.HorizontalPodAutoscaler {
  const { min, max } = environment.resolution.api;
  return {
    metadata: metadataOf(environment, NAME, "api"),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: NAME },
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: TARGET_CPU_PERCENT } },
        },
      ],
    },
  };
}

/** At most one replica is evicted at a time. */
export function apiDisruptionBudget(environment: Environment): types.input.policy.v1.PodDisruptionBudget {
  return {
    metadata: metadataOf(environment, NAME, "api"),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf("api") } },
  };
}

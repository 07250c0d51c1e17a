/**
 * What runs on a cluster's machines, and the environment that each container is given. The environments are typed, so that a
 * service's own schema of its environment can be checked against what it will really get. Pure.
 */
import { controlApiUrl } from "../../config/names";
import { nodeOptions, type Container } from "../containers";
import { edgePorts, hostPorts } from "../ports";
import { containerMemoryMb } from "./machine-types";
import { imageOf, type MachineImage } from "../registry";
import type { ClusterScope } from "./scope";
import { secretName } from "./secrets";

/** What every node of the feed is told. `ZONE` is the hosting zone; the audience is of the identity token it proves itself with. */
export type NodeEnvironment = Readonly<
  Record<
    | "ENVIRONMENT"
    | "CLUSTER"
    | "PROJECT"
    | "REGION"
    | "ZONE"
    | "CONTROL_API_URL"
    | "CONTROL_API_AUDIENCE"
    | "STATE_DIRECTORY",
    string
  >
>;

/** What a container host is told beside. */
export type ContainerHostEnvironment = NodeEnvironment &
  Readonly<Record<"MACHINE_TIER" | "APPS_PORT" | "HEALTH_PORT", string>>;

/** What HAProxy's container is told: where its configuration and its runtime socket are. */
export type EdgeEnvironment = Readonly<Record<"EDGE_DIRECTORY", string>>;

/** What the node agent beside HAProxy is told beside. */
export type EdgeAgentEnvironment = NodeEnvironment &
  EdgeEnvironment &
  Readonly<
    Record<
      | "NODE_KIND"
      | "COMPUTE_ZONES"
      | "HOSTING_PORT"
      | "WORKSPACE_PORT"
      | "HEALTH_PORT"
      | "HOST_APPS_PORT"
      | "HOST_HEALTH_PORT"
      | "EDGE_HOP_KEY_SECRET"
      | "WORKSPACE_TOKEN_KEY_SECRET",
      string
    >
  >;

/** Directories in the containers, and of the VM behind them. State outlives a reboot of the VM. */
const STATE_DIRECTORY = "/var/lib/node";
const EDGE_DIRECTORY = "/var/lib/edge";
const onVm = { state: "/var/lib/platform/state", edge: "/var/lib/platform/edge" } as const;

/**
 * Memory of the node agent: the cluster's part of the feed, and a map entry per user who has moved away. With a million of those it
 * held 400 MB when it was measured.
 */
const AGENT_MEMORY_MB = 640;
/** Requests in flight get this long when a machine leaves; Compute Engine cuts the power 90 seconds after it asked. */
const STOP_TIMEOUT_SECONDS = 60;
/** An edge's agent tells HAProxy of users who move until that has ended, and then the control API that the edge is gone. */
const AGENT_STOP_TIMEOUT_SECONDS = 75;

function nodeEnvironment({ environment, cluster, config, project }: ClusterScope): NodeEnvironment {
  const controlApi = controlApiUrl(environment.domain);
  return {
    ENVIRONMENT: environment.name,
    CLUSTER: cluster,
    PROJECT: project,
    REGION: config.region,
    ZONE: environment.domain.zone,
    CONTROL_API_URL: controlApi,
    CONTROL_API_AUDIENCE: controlApi,
    STATE_DIRECTORY,
  };
}

/** The environment of the container host of a tier. */
export function containerHostEnvironment(scope: ClusterScope, tier: string): ContainerHostEnvironment {
  return {
    ...nodeEnvironment(scope),
    MACHINE_TIER: tier,
    APPS_PORT: String(hostPorts.apps),
    HEALTH_PORT: String(hostPorts.health),
  };
}

/** The environment of the node agent on an edge. */
export function edgeAgentEnvironment(scope: ClusterScope): EdgeAgentEnvironment {
  return {
    ...nodeEnvironment(scope),
    NODE_KIND: "edge",
    EDGE_DIRECTORY,
    COMPUTE_ZONES: scope.config.zones.join(","),
    HOSTING_PORT: String(edgePorts.hosting),
    WORKSPACE_PORT: String(edgePorts.workspace),
    HEALTH_PORT: String(edgePorts.health),
    HOST_APPS_PORT: String(hostPorts.apps),
    HOST_HEALTH_PORT: String(hostPorts.health),
    EDGE_HOP_KEY_SECRET: secretName(scope, "edgeHopKey"),
    WORKSPACE_TOKEN_KEY_SECRET: secretName(scope, "workspaceTokenKey"),
  };
}

/** What a container VM of a tier runs. */
export function containerVmContainers(scope: ClusterScope, tier: string, machineType: string): Container[] {
  return [
    {
      name: "container-host",
      image: image(scope, "container-host"),
      environment: containerHostEnvironment(scope, tier),
      ports: [hostPorts.apps, hostPorts.health],
      writableDirectories: { [STATE_DIRECTORY]: onVm.state },
      memoryMb: containerMemoryMb(machineType),
      stopTimeoutSeconds: STOP_TIMEOUT_SECONDS,
    },
  ];
}

/** What an edge runs: HAProxy, and the agent that configures it through the directory that both see. */
export function edgeContainers(scope: ClusterScope, machineType: string): Container[] {
  const edge: EdgeEnvironment = { EDGE_DIRECTORY };
  return [
    {
      name: "node-agent",
      image: image(scope, "node-agent"),
      environment: { ...edgeAgentEnvironment(scope), NODE_OPTIONS: nodeOptions(AGENT_MEMORY_MB) },
      ports: [],
      writableDirectories: { [STATE_DIRECTORY]: onVm.state, [EDGE_DIRECTORY]: onVm.edge },
      memoryMb: AGENT_MEMORY_MB,
      stopTimeoutSeconds: AGENT_STOP_TIMEOUT_SECONDS,
    },
    {
      name: "edge",
      image: image(scope, "edge"),
      environment: edge,
      ports: [edgePorts.hosting, edgePorts.workspace, edgePorts.health],
      writableDirectories: { [EDGE_DIRECTORY]: onVm.edge },
      memoryMb: containerMemoryMb(machineType) - AGENT_MEMORY_MB,
      stopTimeoutSeconds: STOP_TIMEOUT_SECONDS,
    },
  ];
}

function image({ environment, config }: ClusterScope, name: MachineImage): string {
  return imageOf(environment.images.registry, name, config.release);
}

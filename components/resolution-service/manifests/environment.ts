/** The environment variables of the containers: the interface between these objects and the services. Pure. */
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../../config";
import { controlApiUrl, nameServerName } from "../../../config/names";
import { resolutionPorts } from "../../ports";
import type { DatabaseEndpoint } from "../database";
import { NAMESPACE, WORKLOAD_NAMES } from "./metadata";

/** Where volumes are mounted. */
export const directories = {
  /** One `<cluster>.json` per cluster, in the control API's container. */
  clusters: "/etc/resolution/clusters",
  /** Configuration and control socket of Knot: in memory, shared by Knot and its agent. */
  knotRun: "/run/knot",
  /** Zone and journal of Knot: on disk. */
  knotState: "/var/lib/knot",
  /** The agent's last state: on disk. */
  agentState: "/var/lib/node",
} as const;

/** The file that the agent writes and Knot reads. */
export const knotConfigFile = `${directories.knotRun}/knot.conf`;

/** Variables of the control API. */
export interface ApiVariables {
  readonly ENVIRONMENT: string;
  /** Region that this replica runs in. */
  readonly REGION: string;
  readonly PORT: string;
  readonly METRICS_PORT: string;
  /** Hosting zone and its parent, without trailing dots. */
  readonly ZONE: string;
  readonly PARENT_ZONE: string;
  /** Seconds. */
  readonly TTL_SECONDS: string;
  readonly GRACE_SECONDS: string;
  /** Cluster that the zone's wildcard answers. */
  readonly DEFAULT_CLUSTER: string;
  /** The plans, separated by commas. */
  readonly PLANS: string;
  /** Directory of the clusters' descriptions; its files change while the process runs. */
  readonly CLUSTERS_DIRECTORY: string;
  /** Audience that callers' tokens must carry. */
  readonly CONTROL_API_AUDIENCE: string;
  /** Email that the name servers' agents authenticate with. */
  readonly DNS_IDENTITY: pulumi.Input<string>;
  /** JSON object: role to the emails that have it, beside the nodes, whose roles follow from their identities. */
  readonly ROLE_BINDINGS: string;
  readonly DATABASE_HOST: pulumi.Input<string>;
  readonly DATABASE_PORT: string;
  readonly DATABASE_NAME: pulumi.Input<string>;
  readonly DATABASE_USER: pulumi.Input<string>;
  /** Certificates in PEM that the server's must be signed by, and the name it must carry. */
  readonly DATABASE_CA: pulumi.Input<string>;
  readonly DATABASE_SERVER_NAME: pulumi.Input<string>;
}

/** Name of the variable that holds a pod's name, for other variables to refer to. */
export const POD_NAME = "POD_NAME";

/** Variables of a name server's agent. */
export interface AgentVariables {
  readonly ENVIRONMENT: string;
  readonly REGION: string;
  readonly NODE_KIND: "dns";
  /** Stays the same when the pod is replaced, and is another in each region: pods have the same names in all of them. */
  readonly NODE_NAME: string;
  readonly HEALTH_PORT: string;
  readonly METRICS_PORT: string;
  readonly ZONE: string;
  readonly TTL_SECONDS: string;
  /** JSON object: name server to address; NS records and their addresses within the zone. */
  readonly NAME_SERVERS: pulumi.Input<string>;
  /** The control API of the same region, within the cluster: it needs neither DNS zone nor load balancer. */
  readonly CONTROL_API_URL: string;
  readonly CONTROL_API_AUDIENCE: string;
  /** Resource name of the version of the secret that holds the TSIG key. */
  readonly DNS_UPDATE_KEY_VERSION: pulumi.Input<string>;
  readonly KNOT_ADDRESS: string;
  readonly KNOT_CONFIG: string;
  readonly KNOT_STATE_DIRECTORY: string;
  readonly STATE_DIRECTORY: string;
}

/** Port of PostgreSQL. */
export const DATABASE_PORT = 5432;

/** The control API's variables in one region. */
export function apiVariables(
  environment: Environment,
  region: string,
  inputs: { readonly database: DatabaseEndpoint; readonly dnsIdentity: pulumi.Input<string> },
): ApiVariables {
  const { domain, placement } = environment;
  return {
    ENVIRONMENT: environment.name,
    REGION: region,
    PORT: String(resolutionPorts.api),
    METRICS_PORT: String(resolutionPorts.metrics),
    ZONE: domain.zone,
    PARENT_ZONE: domain.parentZone,
    TTL_SECONDS: String(domain.ttl),
    GRACE_SECONDS: String(domain.grace),
    DEFAULT_CLUSTER: placement.defaultCluster,
    PLANS: placement.plans.join(","),
    CLUSTERS_DIRECTORY: directories.clusters,
    CONTROL_API_AUDIENCE: controlApiUrl(environment.domain),
    DNS_IDENTITY: inputs.dnsIdentity,
    ROLE_BINDINGS: roleBindings(environment),
    DATABASE_HOST: inputs.database.host,
    DATABASE_PORT: String(DATABASE_PORT),
    DATABASE_NAME: inputs.database.name,
    DATABASE_USER: inputs.database.user,
    DATABASE_CA: inputs.database.authorities,
    DATABASE_SERVER_NAME: inputs.database.serverName,
  };
}

function roleBindings({ resolution: { callers } }: Environment): string {
  return JSON.stringify({ operator: callers.operators, platform: callers.platform, resolver: callers.resolvers });
}

/** The agent's variables in one region. */
export function agentVariables(
  environment: Environment,
  region: string,
  inputs: { readonly nameServers: pulumi.Input<string>; readonly updateKeyVersion: pulumi.Input<string> },
): AgentVariables {
  return {
    ENVIRONMENT: environment.name,
    REGION: region,
    NODE_KIND: "dns",
    NODE_NAME: `$(${POD_NAME}).${region}`,
    HEALTH_PORT: String(resolutionPorts.agentHealth),
    METRICS_PORT: String(resolutionPorts.metrics),
    ZONE: environment.domain.zone,
    TTL_SECONDS: String(environment.domain.ttl),
    NAME_SERVERS: inputs.nameServers,
    CONTROL_API_URL: `http://${WORKLOAD_NAMES.api}.${NAMESPACE}.svc.cluster.local`,
    CONTROL_API_AUDIENCE: controlApiUrl(environment.domain),
    DNS_UPDATE_KEY_VERSION: inputs.updateKeyVersion,
    KNOT_ADDRESS: `127.0.0.1:${resolutionPorts.dns}`,
    KNOT_CONFIG: knotConfigFile,
    KNOT_STATE_DIRECTORY: directories.knotState,
    STATE_DIRECTORY: directories.agentState,
  };
}

/** `NAME_SERVERS`: the name servers of all regions by name. */
export function nameServersVariable(environment: Environment, addresses: Readonly<Record<string, string>>): string {
  const entries = Object.entries(addresses).map(([region, address]) => [
    nameServerName(environment.domain, region),
    address,
  ]);
  return JSON.stringify(Object.fromEntries(entries.sort()));
}

/** A container's `env` list. */
export function envOf(variables: ApiVariables | AgentVariables): { name: string; value: pulumi.Input<string> }[] {
  return Object.entries<pulumi.Input<string>>({ ...variables }).map(([name, value]) => ({ name, value }));
}

/**
 * The Google Cloud resource types that the rules know, with the facts that rules depend on. A type that is missing here
 * is refused (rule `known-types`), because no rule could vouch for it.
 */

/**
 * Where a resource of a type lives:
 * - `regional`, `zonal`: in one place, named by its property `region`, `zone` or `location`;
 * - `attached`: inside another resource, and so wherever that one is;
 * - `grant`: on something that may be shared. It adds one member and takes away that one only, so it reaches nobody else;
 *   the place and project that it names are those of what is granted;
 * - `global-only`: Google has it in no regional form, and it belongs to one failure domain all the same;
 * - `shared`: global or of the environment, so it has no place in a cluster.
 */
export type Placement = "regional" | "zonal" | "attached" | "grant" | "global-only" | "shared";

/** What rules need to know of a resource type. */
export interface TypeFacts {
  readonly placement: Placement;
  /** The property that takes labels. Absent: the type takes none. */
  readonly labels?: "labels" | "resourceLabels" | "userLabels" | "settings.userLabels";
  /** Losing the resource loses data, or an address that others hold: see rule `stateful-protected`. */
  readonly stateful?: true;
}

const facts: Readonly<Record<string, TypeFacts>> = {
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": { placement: "grant" },
  "gcp:certificatemanager/certificate:Certificate": { placement: "shared", labels: "labels" },
  "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": { placement: "shared", labels: "labels" },
  "gcp:compute/address:Address": { placement: "regional", labels: "labels", stateful: true },
  "gcp:compute/backendService:BackendService": { placement: "shared" },
  "gcp:compute/firewall:Firewall": { placement: "global-only" },
  "gcp:compute/forwardingRule:ForwardingRule": { placement: "regional", labels: "labels" },
  "gcp:compute/globalAddress:GlobalAddress": { placement: "shared", labels: "labels" },
  "gcp:compute/globalForwardingRule:GlobalForwardingRule": { placement: "shared", labels: "labels" },
  "gcp:compute/healthCheck:HealthCheck": { placement: "shared" },
  "gcp:compute/instance:Instance": { placement: "zonal", labels: "labels" },
  "gcp:compute/instanceTemplate:InstanceTemplate": { placement: "shared", labels: "labels" },
  "gcp:compute/network:Network": { placement: "global-only" },
  "gcp:compute/regionAutoscaler:RegionAutoscaler": { placement: "regional" },
  "gcp:compute/regionBackendService:RegionBackendService": { placement: "regional" },
  "gcp:compute/regionHealthCheck:RegionHealthCheck": { placement: "regional" },
  "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": { placement: "regional" },
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": { placement: "regional", labels: "labels" },
  "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy": { placement: "regional" },
  "gcp:compute/regionSslPolicy:RegionSslPolicy": { placement: "regional" },
  "gcp:compute/regionTargetHttpProxy:RegionTargetHttpProxy": { placement: "regional" },
  "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy": { placement: "regional" },
  "gcp:compute/regionUrlMap:RegionUrlMap": { placement: "regional" },
  "gcp:compute/router:Router": { placement: "regional" },
  "gcp:compute/routerNat:RouterNat": { placement: "regional" },
  "gcp:compute/subnetwork:Subnetwork": { placement: "regional" },
  "gcp:container/cluster:Cluster": { placement: "shared", labels: "resourceLabels" },
  "gcp:container/nodePool:NodePool": { placement: "shared" },
  "gcp:dns/managedZone:ManagedZone": { placement: "shared", labels: "labels", stateful: true },
  "gcp:dns/recordSet:RecordSet": { placement: "shared" },
  "gcp:monitoring/alertPolicy:AlertPolicy": { placement: "global-only", labels: "userLabels" },
  "gcp:monitoring/notificationChannel:NotificationChannel": { placement: "global-only", labels: "userLabels" },
  "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": { placement: "global-only", labels: "userLabels" },
  "gcp:projects/iAMBinding:IAMBinding": { placement: "shared" },
  "gcp:projects/iAMCustomRole:IAMCustomRole": { placement: "global-only" },
  "gcp:projects/iAMMember:IAMMember": { placement: "global-only" },
  "gcp:projects/service:Service": { placement: "shared" },
  "gcp:secretmanager/regionalSecret:RegionalSecret": { placement: "regional", labels: "labels", stateful: true },
  "gcp:secretmanager/regionalSecretIamMember:RegionalSecretIamMember": { placement: "attached" },
  "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": { placement: "attached" },
  "gcp:secretmanager/secret:Secret": { placement: "shared", labels: "labels", stateful: true },
  "gcp:secretmanager/secretIamMember:SecretIamMember": { placement: "shared" },
  "gcp:secretmanager/secretVersion:SecretVersion": { placement: "shared" },
  "gcp:serviceaccount/account:Account": { placement: "global-only" },
  "gcp:serviceaccount/iAMMember:IAMMember": { placement: "attached" },
  "gcp:serviceaccount/key:Key": { placement: "shared" },
  "gcp:servicenetworking/connection:Connection": { placement: "shared" },
  "gcp:sql/database:Database": { placement: "shared", stateful: true },
  "gcp:sql/databaseInstance:DatabaseInstance": { placement: "shared", labels: "settings.userLabels", stateful: true },
  "gcp:sql/user:User": { placement: "shared" },
};

/** Every type that the catalogue has. */
export const knownTypes: readonly string[] = Object.keys(facts);

/** The facts of a type; undefined for one that the catalogue lacks and for other packages' types. */
export function factsOf(type: string): TypeFacts | undefined {
  return facts[type];
}

/** The package of a type token: `gcp` of `gcp:compute/address:Address`. A provider's own type gives the package it provides. */
export function packageOf(type: string): string {
  const [first = "", module, name] = type.split(":");
  return first === "pulumi" && module === "providers" && name !== undefined ? name : first;
}

/** Whether region and project of a resource of this type say where it is itself; those of a provider are its resources' defaults. */
export function isPlaced(type: string): boolean {
  return packageOf(type) === "gcp" && factsOf(type)?.placement !== "grant";
}

/**
 * Every name that is generated from configuration: of Google Cloud resources and of DNS. One place, so that the limits
 * are checked before anything is registered, and so that a name means the same in every component.
 */
import { createHash } from "node:crypto";

/** Compute Engine names follow RFC 1035: at most 63 characters. */
const COMPUTE_LIMIT = 63;
/** A service account's id has 6 to 30 characters. */
const SERVICE_ACCOUNT_LIMIT = 30;
const HASH_LENGTH = 8;

/** The word that stands for the shared stack wherever a cluster's name could stand, so no cluster may have it. */
export const SHARED = "shared";

/** Labels directly below the hosting zone that the service itself uses, so no user can have them as a name. */
export const RESERVED_LABELS = ["clusters", "ns"] as const;

/** Keys of the labels with which every resource names its owner, so no cluster may set them itself. */
export const OWNERSHIP_LABELS = ["environment", "failure-domain", "managed-by", "role"] as const;

/** Whether an environment holds users: `prod` and `prod-<anything>` do. */
export function isProduction(environment: string): boolean {
  return environment === "prod" || environment.startsWith("prod-");
}

/** The roles of a cluster's virtual machines; each has an identity of its own. */
export type MachineRole = "host" | "edge";

/** `<environment>-<cluster>`: what the names of a failure domain's resources begin with. */
export function clusterPrefix(environment: string, cluster: string): string {
  return `${environment}-${cluster}`;
}

/** The name of a cluster's stack. */
export function clusterStack(environment: string, cluster: string): string {
  return `${environment}.${cluster}`;
}

/** What a stack holds, read off its name: `prod.free` a cluster, `prod` what the environment shares. */
export function parseStackName(stack: string): { environment: string; cluster?: string } {
  const dot = stack.indexOf(".");
  return dot < 0 ? { environment: stack } : { environment: stack.slice(0, dot), cluster: stack.slice(dot + 1) };
}

/** `container-vm-<tier>`: the role of a container VM group in names and labels. */
export function containerVmRole(tier: string): string {
  return `container-vm-${tier}`;
}

/** The role of the HTTP-serving group in names and labels. */
export const HTTP_SERVING_ROLE = "http-serving";

/** A service account's id: `<prefix>-<role>`. */
export function serviceAccountId(prefix: string, role: MachineRole): string {
  return `${prefix}-${role}`;
}

/**
 * `<prefix>-<role>`: any other resource of a cluster. The limit of service accounts keeps a prefix at 25 characters, so a
 * role of up to 37 fits.
 */
export function resourceName(prefix: string, role: string): string {
  return `${prefix}-${role}`;
}

/** The id of a custom IAM role, which may hold no hyphens and lives in the project beside those of other clusters. */
export function customRoleId(prefix: string, role: string): string {
  return resourceName(prefix, role).replaceAll("-", "_");
}

/**
 * A name that changes with the content it names, for resources that cannot be changed in place: the new one is created
 * under its own name before the old one goes. Eight hexadecimal digits tell apart the few versions that ever coexist.
 */
export function contentName(base: string, content: unknown): string {
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  return `${base}-${digest.slice(0, HASH_LENGTH)}`;
}

/** A generated name that is longer than Google Cloud accepts. */
export interface TooLong {
  readonly name: string;
  readonly limit: number;
  readonly excess: number;
}

/** What instance groups call a VM, with the four characters that they add. */
export function instanceName(prefix: string, role: string): string {
  return `${resourceName(prefix, role)}-0000`;
}

/** What Pulumi calls a group's template, by the name of the resource and the seven digits that it adds. */
export function templateName(cluster: string, role: string): string {
  return `${cluster}-${role}-template-0000000`;
}

/** The generated names of a cluster that break their limits, longest excess first. */
export function tooLongNames(environment: string, cluster: string, tiers: readonly string[]): TooLong[] {
  const prefix = clusterPrefix(environment, cluster);
  const roles = [HTTP_SERVING_ROLE, ...tiers.map(containerVmRole)];
  const names = [
    { name: serviceAccountId(prefix, "host"), limit: SERVICE_ACCOUNT_LIMIT },
    { name: serviceAccountId(prefix, "edge"), limit: SERVICE_ACCOUNT_LIMIT },
    ...roles.map((role) => ({ name: instanceName(prefix, role), limit: COMPUTE_LIMIT })),
    ...roles.map((role) => ({ name: templateName(cluster, role), limit: COMPUTE_LIMIT })),
  ];
  return tooLong(names);
}

function tooLong(names: readonly Pick<TooLong, "name" | "limit">[]): TooLong[] {
  return names
    .map(({ name, limit }) => ({ name, limit, excess: name.length - limit }))
    .filter(({ excess }) => excess > 0)
    .sort((a, b) => b.excess - a.excess);
}

/** The DNS names of an environment, none with a trailing dot. */
export interface DomainNames {
  readonly zone: string;
  readonly parentZone: string;
}

/** A name server of the hosting zone, one per region; its address is glue in the parent zone. */
export function nameServerName(domain: DomainNames, region: string): string {
  return `${region}.ns.${domain.zone}`;
}

/** The name in the hosting zone that a moved user's CNAME points at. */
export function clusterName(domain: DomainNames, cluster: string): string {
  return `${cluster}.clusters.${domain.zone}`;
}

/** A cluster's hosting address in the parent zone, which answers whatever happens to the hosting zone. */
export function hostingName(domain: DomainNames, cluster: string): string {
  return `${cluster}.hosting.${domain.parentZone}`;
}

/** A cluster's address for WebSockets, which the web server hands out together with a token. */
export function workspaceName(domain: DomainNames, cluster: string): string {
  return `${cluster}.workspace.${domain.parentZone}`;
}

/** The control API's name. Clusters know it from configuration, so no stack depends on another in a circle. */
export function controlApiName(domain: DomainNames): string {
  return `resolution.${domain.parentZone}`;
}

/** The control API's address, and the audience that tokens for it are made out to. */
export function controlApiUrl(domain: DomainNames): string {
  return `https://${controlApiName(domain)}`;
}

/** Labels directly below the parent zone that records of this project take. */
export const PARENT_LABELS = ["hosting", "workspace", "resolution"] as const;

/** Roles in the resolution service that have an identity of their own: GKE nodes, control API, name servers. */
export type ServiceRole = "nodes" | "api" | "dns";

/**
 * `<environment>-shared`: what the names of the environment's shared resources begin with. No cluster can be called
 * `shared`, so no failure domain's prefix is the same.
 */
export function sharedPrefix(environment: string): string {
  return clusterPrefix(environment, SHARED);
}

/** The name of a shared resource of the whole environment. */
export function sharedName(environment: string, role: string): string {
  return `${sharedPrefix(environment)}-${role}`;
}

/** The name of a shared resource that exists once per region; without a role, that of the region's GKE cluster. */
export function sharedRegionName(environment: string, region: string, role?: string): string {
  const name = sharedName(environment, region);
  return role === undefined ? name : `${name}-${role}`;
}

/** The email of a service account of the resolution service: known before the account exists. */
export function serviceEmail(environment: string, project: string, role: ServiceRole): string {
  return `${sharedName(environment, role)}@${project}.iam.gserviceaccount.com`;
}

/** GKE accepts shorter cluster names than Compute Engine does. */
const GKE_CLUSTER_LIMIT = 40;

/** The generated names of the shared stack that break their limits, longest excess first. */
export function tooLongSharedNames(environment: string, regions: readonly string[]): TooLong[] {
  const names = [
    { name: sharedName(environment, "nodes"), limit: SERVICE_ACCOUNT_LIMIT },
    ...regions.map((region) => ({ name: sharedRegionName(environment, region), limit: GKE_CLUSTER_LIMIT })),
    ...regions.map((region) => ({
      name: sharedRegionName(environment, region, "dns-update-key"),
      limit: COMPUTE_LIMIT,
    })),
  ];
  return tooLong(names);
}

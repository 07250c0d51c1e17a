/** The records of the parent zone. Pure. */
import type * as pulumi from "@pulumi/pulumi";
import { controlApiName, hostingName, nameServerName, workspaceName, type DomainNames } from "../../config/names";

/** Seconds that resolvers may keep a record. */
export const ttls = {
  /**
   * Delegation and its glue: an hour. The addresses are static and outlive the pods behind them, so they change only when a
   * region is added or retired, and resolvers skip a name server that does not answer.
   */
  delegation: 3600,
  /** Addresses of clusters and control API: a minute, which bounds how long a replaced load balancer is still asked for. */
  address: 60,
  /** Proof for the certificates and who may issue them: read by authorities that do not cache for long. */
  certificate: 300,
} as const;

/** The authority behind Certificate Manager's managed certificates. */
const CERTIFICATE_AUTHORITY = "pki.goog";

/** A record set. */
export interface ZoneRecord {
  /** Fully qualified, with the trailing dot. */
  readonly name: pulumi.Input<string>;
  readonly type: pulumi.Input<string>;
  readonly ttl: number;
  readonly rrdatas: pulumi.Input<string>[];
}

/** Addresses of a cluster that have names in the parent zone. */
export interface ClusterAddresses {
  readonly hostingAddress: pulumi.Input<string>;
  readonly workspaceAddress: pulumi.Input<string>;
}

/** `name.`: the fully qualified form of a name. */
export function fqdn(name: string): string {
  return `${name}.`;
}

/**
 * The delegation of the hosting zone: one NS record set that names a server per region, and each server's address as glue,
 * because the servers' names lie in the zone that they serve.
 *
 * There is no DS record: the delegation is insecure by design. The hosting zone changes by the second through dynamic
 * updates on servers that know nothing of each other; signing each change on each of them would cost a multiple of serving
 * it and give every server a signing key. The parent zone is signed and proves that there is no DS record, so a validating
 * resolver accepts the hosting zone's answers.
 */
export function delegationRecords(
  domain: DomainNames,
  nameServers: Readonly<Record<string, pulumi.Input<string>>>,
): Record<string, ZoneRecord> {
  const regions = Object.keys(nameServers).sort();
  const glue = Object.entries(nameServers).map(([region, address]) => [
    `glue-${region}`,
    addressRecord(nameServerName(domain, region), [address], ttls.delegation),
  ]);
  const delegation: ZoneRecord = {
    name: fqdn(domain.zone),
    type: "NS",
    ttl: ttls.delegation,
    rrdatas: regions.map((region) => fqdn(nameServerName(domain, region))),
  };
  return { delegation, ...(Object.fromEntries(glue) as Record<string, ZoneRecord>) };
}

/** The names of a cluster's two load balancers. */
export function clusterRecords(
  domain: DomainNames,
  cluster: string,
  { hostingAddress, workspaceAddress }: ClusterAddresses,
): Record<string, ZoneRecord> {
  return {
    [`hosting-${cluster}`]: addressRecord(hostingName(domain, cluster), [hostingAddress]),
    [`workspace-${cluster}`]: addressRecord(workspaceName(domain, cluster), [workspaceAddress]),
  };
}

/**
 * The control API: one name for all regions, of which clients try another address when one does not answer; and the one
 * authority that may issue certificates for it. Other names of the parent zone are not ours to restrict.
 */
export function controlApiRecords(domain: DomainNames, addresses: pulumi.Input<string>[]): Record<string, ZoneRecord> {
  const name = controlApiName(domain);
  return {
    "control-api": addressRecord(name, addresses),
    "control-api-authority": {
      name: fqdn(name),
      type: "CAA",
      ttl: ttls.certificate,
      rrdatas: [`0 issue "${CERTIFICATE_AUTHORITY}"`],
    },
  };
}

/** A record whose content somebody else asks for. */
export function foreignRecord(record: {
  readonly name: pulumi.Input<string>;
  readonly type: pulumi.Input<string>;
  readonly data: pulumi.Input<string>;
}): ZoneRecord {
  return { name: record.name, type: record.type, ttl: ttls.certificate, rrdatas: [record.data] };
}

function addressRecord(name: string, rrdatas: pulumi.Input<string>[], ttl: number = ttls.address): ZoneRecord {
  return { name: fqdn(name), type: "A", ttl, rrdatas };
}

/** The environment's DNS zone in Cloud DNS: the parent of the hosting zone, which it delegates to the resolution service. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { sharedName } from "../../config/names";
import type { ClusterOutputs } from "../cluster-outputs";
import { labelsOf } from "../labels";
import { clusterRecords, controlApiRecords, delegationRecords, foreignRecord, fqdn, type ZoneRecord } from "./records";

/** What the zone has to know of the resolution service. */
export interface ResolutionEndpoints {
  /** Addresses of the name servers by region. */
  readonly dnsAddresses: Readonly<Record<string, pulumi.Input<string>>>;
  /** Addresses of the control API by region. */
  readonly apiAddresses: Readonly<Record<string, pulumi.Input<string>>>;
  /** Records that prove the control API's name to Certificate Manager, by region. */
  readonly certificateRecords: Readonly<
    Record<
      string,
      { readonly name: pulumi.Input<string>; readonly type: pulumi.Input<string>; readonly data: pulumi.Input<string> }
    >
  >;
}

/** What the zone is built from. */
export interface ZoneArgs {
  readonly environment: Pick<Environment, "name" | "production" | "domain">;
  /** Outputs of the clusters that are deployed or, in a preview, planned, by name; only these get records. */
  readonly clusters: Readonly<Record<string, pulumi.Input<ClusterOutputs>>>;
  readonly resolution: ResolutionEndpoints;
}

/** The parent zone: signed, with the delegation, and the addresses of clusters and control API. */
export class Zone extends pulumi.ComponentResource {
  /** Name servers of the parent zone, for its registrar or for the zone above it. */
  readonly parentNameServers: pulumi.Output<string[]>;

  constructor(
    private readonly name: string,
    args: ZoneArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("platform:zone:Zone", name, {}, opts);
    const zone = this.managedZone(args.environment);
    for (const [role, record] of Object.entries(recordsOf(args))) {
      new gcp.dns.RecordSet(`${name}-${role}`, { managedZone: zone.name, ...record }, { parent: this });
    }
    this.parentNameServers = zone.nameServers;
    this.registerOutputs({ parentNameServers: this.parentNameServers });
  }

  private managedZone({ name, production, domain }: ZoneArgs["environment"]): gcp.dns.ManagedZone {
    const key = (keyType: string) => ({ algorithm: "ecdsap256sha256", keyLength: 256, keyType });
    return new gcp.dns.ManagedZone(
      `${this.name}-parent`,
      {
        name: sharedName(name, "parent"),
        dnsName: fqdn(domain.parentZone),
        description: `${name}: clusters, control API and the delegation of ${domain.zone}`,
        visibility: "public",
        dnssecConfig: {
          state: "on",
          // Small keys and signatures, so that answers fit a UDP packet; hashed names, so that clusters cannot be listed.
          nonExistence: "nsec3",
          defaultKeySpecs: [key("keySigning"), key("zoneSigning")],
        },
        labels: labelsOf({ environment: name }, "parent-zone"),
      },
      { parent: this, protect: production },
    );
  }
}

/** All records of the zone by role; a role is part of a record's identity. */
function recordsOf({ environment: { domain }, clusters, resolution }: ZoneArgs): Record<string, ZoneRecord> {
  const ofClusters = Object.entries(clusters).flatMap(([cluster, outputs]) => {
    const { hostingAddress, workspaceAddress } = pulumi.output(outputs);
    return Object.entries(clusterRecords(domain, cluster, { hostingAddress, workspaceAddress }));
  });
  const certificates = Object.entries(resolution.certificateRecords).map(
    ([region, record]) => [`certificate-${region}`, foreignRecord(record)] as const,
  );
  return {
    ...delegationRecords(domain, resolution.dnsAddresses),
    ...controlApiRecords(domain, Object.values(resolution.apiAddresses)),
    ...Object.fromEntries([...ofClusters, ...certificates]),
  };
}

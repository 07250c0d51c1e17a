/** The resolution service in one region, up to the point where its pods can run: addresses, certificate, key, GKE cluster. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { sharedRegionName } from "../../config/names";
import { labelsOf } from "../labels";
import { ApiCertificate } from "./certificate";
import { GkeCluster, type GkeClusterArgs } from "./gke-cluster";
import type { RegionNetwork } from "./network";
import { UpdateKey } from "./update-key";

/** What a region is built from. */
export interface ServiceRegionArgs extends GkeClusterArgs {
  /** The TSIG key. */
  readonly dnsUpdateKey: pulumi.Input<string>;
}

/** One region of the service. */
export class ServiceRegion extends pulumi.ComponentResource {
  /** Static address of the region's name server. */
  readonly dnsAddress: gcp.compute.Address;
  /** Static address of the region's control API. */
  readonly apiAddress: gcp.compute.Address;
  readonly certificate: ApiCertificate;
  readonly updateKey: UpdateKey;
  readonly gke: GkeCluster;
  /** The region's part of the network. */
  readonly network: RegionNetwork;

  constructor(
    private readonly name: string,
    { dnsUpdateKey, ...args }: ServiceRegionArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("platform:resolution:Region", name, {}, opts);
    const { environment, region, regionNetwork, identities } = args;
    this.network = regionNetwork;
    this.dnsAddress = this.address(environment, region, "dns");
    this.apiAddress = this.address(environment, region, "api");
    this.certificate = new ApiCertificate(`${name}-certificate`, environment, region, { parent: this });
    this.updateKey = new UpdateKey(
      `${name}-update-key`,
      { environment, region, value: dnsUpdateKey, reader: identities.accounts.dns },
      { parent: this },
    );
    this.gke = new GkeCluster(`${name}-gke`, args, { parent: this });
    this.registerOutputs({ dnsAddress: this.dnsAddress.address, apiAddress: this.apiAddress.address });
  }

  private address(environment: Environment, region: string, role: "dns" | "api"): gcp.compute.Address {
    return new gcp.compute.Address(
      `${this.name}-${role}-address`,
      {
        name: sharedRegionName(environment.name, region, role),
        region,
        addressType: "EXTERNAL",
        labels: labelsOf({ environment: environment.name }, `${role}-address`),
      },
      // Glue and resolvers' caches name it: a lost address cannot be had again.
      { parent: this, protect: environment.production },
    );
  }
}

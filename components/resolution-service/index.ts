/**
 * The cluster resolution service: it knows which cluster each user lives in, and tells by API and by DNS. Per region a
 * private GKE cluster with the control API and name servers; one database that is highly available in its own region. The
 * name servers go on answering whatever happens to API or database.
 */
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import type { ClusterOutputs } from "../cluster-outputs";
import { mapValues } from "../map-values";
import type { RecordOutput } from "./certificate";
import { Database } from "./database";
import { Identities } from "./identities";
import { nameServersVariable } from "./manifests/environment";
import { ServiceNetwork } from "./network";
import { ServiceRegion } from "./region";
import { Workloads } from "./workloads";

export type { RecordOutput } from "./certificate";

/** What the resolution service is built from. */
export interface ResolutionServiceArgs {
  readonly environment: Environment;
  /** Outputs of the clusters that are deployed or, in a preview, planned, by name. */
  readonly clusters: Readonly<Record<string, pulumi.Input<ClusterOutputs>>>;
  readonly secrets: {
    /** The TSIG key with which a node agent updates its name server. */
    readonly dnsUpdateKey: pulumi.Input<string>;
  };
}

/** Resolution service in all its regions. */
export class ResolutionService extends pulumi.ComponentResource {
  /** Addresses of the name servers by region. */
  readonly dnsAddresses: Readonly<Record<string, pulumi.Output<string>>>;
  /** Addresses of the control API by region. */
  readonly apiAddresses: Readonly<Record<string, pulumi.Output<string>>>;
  /** Static addresses that the service reaches the outside from, by region. */
  readonly natAddresses: Readonly<Record<string, pulumi.Output<string>>>;
  /** Records that the parent zone must hold for the control API's certificates to be issued, by region. */
  readonly certificateRecords: Readonly<Record<string, RecordOutput>>;

  constructor(
    private readonly name: string,
    private readonly args: ResolutionServiceArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("platform:resolution:ResolutionService", name, {}, opts);
    const { environment } = args;
    const identities = new Identities(`${name}-identities`, environment, { parent: this });
    const network = new ServiceNetwork(
      `${name}-network`,
      { environment, nodesEmail: identities.accounts.nodes.email },
      { parent: this },
    );
    const database = new Database(
      `${name}-database`,
      { environment, network, client: identities.accounts.api },
      { parent: this },
    );
    const regions = this.createRegions(identities, network);
    this.dnsAddresses = mapValues(regions, ({ dnsAddress }) => dnsAddress.address);
    this.apiAddresses = mapValues(regions, ({ apiAddress }) => apiAddress.address);
    this.natAddresses = mapValues(network.regions, ({ natAddress }) => natAddress);
    this.certificateRecords = mapValues(regions, ({ certificate }) => certificate.authorization);
    this.createWorkloads(identities, database, regions);
    this.registerOutputs({ dnsAddresses: this.dnsAddresses, apiAddresses: this.apiAddresses });
  }

  private createRegions(identities: Identities, network: ServiceNetwork): Record<string, ServiceRegion> {
    const { environment, secrets } = this.args;
    return mapValues(
      network.regions,
      (regionNetwork, region) =>
        new ServiceRegion(
          `${this.name}-${region}`,
          { environment, region, network, regionNetwork, identities, dnsUpdateKey: secrets.dnsUpdateKey },
          { parent: this },
        ),
    );
  }

  /**
   * Apart from the regions, because each name server knows the addresses of all. One region after another: what a bad
   * release breaks, it breaks in the first, while the others answer.
   */
  private createWorkloads(
    identities: Identities,
    database: Database,
    regions: Readonly<Record<string, ServiceRegion>>,
  ): void {
    const { environment, clusters } = this.args;
    const gkeClusters = Object.values(regions).map(({ gke }) => gke.cluster);
    const bindings = [identities.bindWorkload("api", gkeClusters), identities.bindWorkload("dns", gkeClusters)];
    const nameServers = pulumi.all(this.dnsAddresses).apply((addresses) => nameServersVariable(environment, addresses));
    let after: readonly pulumi.Resource[] = [];
    for (const [region, { network, gke, certificate, updateKey, dnsAddress, apiAddress }] of Object.entries(regions)) {
      const workloads = new Workloads(
        `${this.name}-${region}-workloads`,
        {
          environment,
          region,
          clusters,
          database: database.endpoint,
          gateway: {
            addressName: apiAddress.name,
            certificateName: certificate.certificateName,
            tlsPolicyName: certificate.policyName,
          },
          dnsAddress: dnsAddress.address,
          nameServers,
          updateKeyVersion: updateKey.version,
          nodes: gke.nodePool,
          proxies: network.proxies,
          access: [...bindings, ...database.access, updateKey.access],
          after,
        },
        { parent: this, providers: { kubernetes: gke.provider } },
      );
      after = workloads.running;
    }
  }
}

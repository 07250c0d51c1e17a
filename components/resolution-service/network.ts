/** The network of the resolution service: own VPC, a subnet per region, and a way to the database's private address. */
import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config";
import { parseCidr, resolutionSubnets } from "../../config/cidr";
import { sharedName, sharedRegionName } from "../../config/names";
import { HEALTH_CHECK_RANGES } from "../google-ranges";
import { labelsOf } from "../labels";
import { resolutionPorts } from "../ports";
import { podRange, serviceRange } from "./secondary-ranges";

/** What the network is built from. */
export interface ServiceNetworkArgs {
  readonly environment: Environment;
  /** Email of the GKE nodes' service account, which the firewall names as target. */
  readonly nodesEmail: pulumi.Input<string>;
}

/** One region of the network. */
export interface RegionNetwork {
  /** Subnet of the GKE nodes, with secondary ranges for pods and Services. */
  readonly subnetwork: gcp.compute.Subnetwork;
  /** Subnet of the regional load balancer's proxies. */
  readonly proxies: gcp.compute.Subnetwork;
  /** Static address that the region reaches the outside from. */
  readonly natAddress: pulumi.Output<string>;
}

/** VPC, subnets, NAT, firewall and private service access of the resolution service. */
export class ServiceNetwork extends pulumi.ComponentResource {
  /** Id of the VPC. */
  readonly networkId: pulumi.Output<string>;
  /** Region by region. */
  readonly regions: Readonly<Record<string, RegionNetwork>>;
  /** Name of the range that Google's services take private addresses from. */
  readonly serviceRangeName: pulumi.Output<string>;
  /** The peering with Google's services; the database can be created only after it. */
  readonly serviceConnection: gcp.servicenetworking.Connection;

  constructor(
    private readonly name: string,
    args: ServiceNetworkArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("platform:resolution:Network", name, {}, opts);
    const { environment } = args;
    const network = new gcp.compute.Network(
      `${name}-vpc`,
      {
        name: sharedName(environment.name, "resolution"),
        autoCreateSubnetworks: false,
        // Regional routes suffice: what crosses regions goes to the database, whose peering routes reach every region.
        routingMode: "REGIONAL",
      },
      { parent: this },
    );
    this.networkId = network.id;
    this.regions = Object.fromEntries(
      Object.entries(environment.resolution.regions).map(([region, { cidr }]) => [
        region,
        this.region(environment, network, region, cidr),
      ]),
    );
    this.firewall(args, network);
    const { range, connection } = this.serviceAccess(environment, network);
    this.serviceRangeName = range.name;
    this.serviceConnection = connection;
    this.registerOutputs({ networkId: this.networkId });
  }

  private region(environment: Environment, network: gcp.compute.Network, region: string, cidr: string): RegionNetwork {
    const ranges = resolutionSubnets(cidr);
    const subnetwork = new gcp.compute.Subnetwork(
      `${this.name}-${region}-nodes`,
      {
        name: sharedRegionName(environment.name, region, "nodes"),
        network: network.id,
        region,
        ipCidrRange: ranges.nodes,
        secondaryIpRanges: [
          { rangeName: podRange, ipCidrRange: ranges.pods },
          { rangeName: serviceRange, ipCidrRange: ranges.services },
        ],
        privateIpGoogleAccess: true,
        logConfig: { aggregationInterval: "INTERVAL_10_MIN", flowSampling: 0.1, metadata: "INCLUDE_ALL_METADATA" },
      },
      { parent: this },
    );
    const proxies = new gcp.compute.Subnetwork(
      `${this.name}-${region}-proxies`,
      {
        name: sharedRegionName(environment.name, region, "proxies"),
        network: network.id,
        region,
        ipCidrRange: ranges.proxies,
        purpose: "REGIONAL_MANAGED_PROXY",
        role: "ACTIVE",
      },
      { parent: this },
    );
    return { subnetwork, proxies, natAddress: this.nat(environment, network, region) };
  }

  private nat(environment: Environment, network: gcp.compute.Network, region: string): pulumi.Output<string> {
    const router = new gcp.compute.Router(
      `${this.name}-${region}-router`,
      { name: sharedRegionName(environment.name, region, "router"), network: network.id, region },
      { parent: this },
    );
    const address = new gcp.compute.Address(
      `${this.name}-${region}-nat-address`,
      {
        name: sharedRegionName(environment.name, region, "nat"),
        region,
        addressType: "EXTERNAL",
        labels: labelsOf({ environment: environment.name }, "nat"),
      },
      // Others allow it in their firewalls.
      { parent: this, protect: environment.production },
    );
    new gcp.compute.RouterNat(
      `${this.name}-${region}-nat`,
      {
        name: sharedRegionName(environment.name, region, "nat"),
        router: router.name,
        region,
        natIpAllocateOption: "MANUAL_ONLY",
        natIps: [address.selfLink],
        // Pods have addresses of secondary ranges, so all ranges must be translated.
        sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      },
      { parent: this },
    );
    return address.address;
  }

  /**
   * Denies and logs what no rule allows. GKE adds rules of its own with a higher priority: between control plane, nodes and
   * pods, and to the ports of Services of type LoadBalancer, that is, 53.
   */
  private firewall({ environment, nodesEmail }: ServiceNetworkArgs, network: gcp.compute.Network): void {
    const proxies = Object.values(environment.resolution.regions).map(({ cidr }) => resolutionSubnets(cidr).proxies);
    new gcp.compute.Firewall(
      `${this.name}-allow-api`,
      {
        name: sharedName(environment.name, "allow-api"),
        description: "Load balancer proxies and health checks to the control API's pods",
        network: network.id,
        direction: "INGRESS",
        priority: 1000,
        sourceRanges: [...proxies, ...HEALTH_CHECK_RANGES],
        targetServiceAccounts: [nodesEmail],
        allows: [{ protocol: "tcp", ports: [String(resolutionPorts.api)] }],
      },
      { parent: this },
    );
    new gcp.compute.Firewall(
      `${this.name}-deny-ingress`,
      {
        name: sharedName(environment.name, "deny-ingress"),
        description: "Everything that no other rule allows, logged",
        network: network.id,
        direction: "INGRESS",
        // The lowest that stands before the implied rule, which does not log.
        priority: 65534,
        sourceRanges: ["0.0.0.0/0"],
        denies: [{ protocol: "all" }],
        logConfig: { metadata: "INCLUDE_ALL_METADATA" },
      },
      { parent: this },
    );
  }

  private serviceAccess(
    environment: Environment,
    network: gcp.compute.Network,
  ): { range: gcp.compute.GlobalAddress; connection: gcp.servicenetworking.Connection } {
    const { cidr } = environment.resolution.database;
    const [address] = cidr.split("/");
    const range = new gcp.compute.GlobalAddress(
      `${this.name}-service-range`,
      {
        name: sharedName(environment.name, "services"),
        network: network.id,
        purpose: "VPC_PEERING",
        addressType: "INTERNAL",
        address,
        prefixLength: parseCidr(cidr).prefix,
        labels: labelsOf({ environment: environment.name }, "service-range"),
      },
      { parent: this },
    );
    const connection = new gcp.servicenetworking.Connection(
      `${this.name}-service-connection`,
      { network: network.id, service: "servicenetworking.googleapis.com", reservedPeeringRanges: [range.name] },
      { parent: this },
    );
    return { range, connection };
  }
}

import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { clusterSubnets } from "../../config/cidr";
import { labelsIn, nameIn, type ClusterScope } from "./scope";

export interface NetworkArgs {
  /** The cluster whose range the network takes. */
  readonly scope: ClusterScope;
}

/** Share of connections that are logged: enough to see who talks to whom, at a twentieth of the price. */
const FLOW_SAMPLING = 0.05;

/**
 * Ports of the static address that NAT sets aside for each VM at the least, and gives one at the most: many containers of
 * many users share a VM, few of them call out at once. 64,512 ports of one address are enough for 504 VMs at the minimum.
 */
const NAT_PORTS = { min: 128, max: 4096 };

/**
 * A cluster's own VPC in its one region: a subnet for the machines, one for the load balancers' proxies, and NAT, through
 * which machines without public addresses reach the outside from one static address.
 */
export class Network extends pulumi.ComponentResource {
  /** The VPC. */
  readonly network: pulumi.Output<string>;
  /** The subnet of the machines. */
  readonly machines: pulumi.Output<string>;
  /** What a forwarding rule of a regional load balancer needs to exist first. */
  readonly proxies: gcp.compute.Subnetwork;
  /** The address that the outside sees the machines come from. */
  readonly natAddress: pulumi.Output<string>;

  constructor(name: string, { scope }: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:Network", name, {}, opts);
    const { region, cidr } = scope.config;
    const ranges = clusterSubnets(cidr);
    const parent = { parent: this };

    const network = new gcp.compute.Network(
      `${name}-vpc`,
      {
        name: nameIn(scope, "network"),
        description: `Failure domain ${scope.cluster}`,
        autoCreateSubnetworks: false,
        routingMode: "REGIONAL",
      },
      parent,
    );
    const machines = new gcp.compute.Subnetwork(
      `${name}-machines`,
      {
        name: nameIn(scope, "machines"),
        region,
        network: network.id,
        ipCidrRange: ranges.machines,
        privateIpGoogleAccess: true,
        logConfig: {
          aggregationInterval: "INTERVAL_10_MIN",
          flowSampling: FLOW_SAMPLING,
          metadata: "INCLUDE_ALL_METADATA",
        },
      },
      parent,
    );
    this.proxies = new gcp.compute.Subnetwork(
      `${name}-proxies`,
      {
        name: nameIn(scope, "proxies"),
        region,
        network: network.id,
        ipCidrRange: ranges.proxies,
        purpose: "REGIONAL_MANAGED_PROXY",
        role: "ACTIVE",
      },
      parent,
    );
    const address = new gcp.compute.Address(
      `${name}-nat-address`,
      { name: nameIn(scope, "nat"), region, addressType: "EXTERNAL", labels: labelsIn(scope, "nat") },
      // Others admit users' containers by this address.
      { ...parent, protect: scope.environment.production },
    );
    this.natThrough(name, scope, network, machines, address);

    this.network = network.id;
    this.machines = machines.id;
    this.natAddress = address.address;
    this.registerOutputs({ network: this.network, machines: this.machines, natAddress: this.natAddress });
  }

  private natThrough(
    name: string,
    scope: ClusterScope,
    network: gcp.compute.Network,
    machines: gcp.compute.Subnetwork,
    address: gcp.compute.Address,
  ): void {
    const { region } = scope.config;
    const router = new gcp.compute.Router(
      `${name}-router`,
      { name: nameIn(scope, "router"), region, network: network.id },
      { parent: this },
    );
    new gcp.compute.RouterNat(
      `${name}-nat`,
      {
        name: nameIn(scope, "nat"),
        region,
        router: router.name,
        natIpAllocateOption: "MANUAL_ONLY",
        natIps: [address.selfLink],
        sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
        subnetworks: [{ name: machines.id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
        enableDynamicPortAllocation: true,
        // Google refuses the two together: a mapping that is independent of the endpoint cannot grow.
        enableEndpointIndependentMapping: false,
        minPortsPerVm: NAT_PORTS.min,
        maxPortsPerVm: NAT_PORTS.max,
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      },
      { parent: this },
    );
  }
}

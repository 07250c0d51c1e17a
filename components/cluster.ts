import * as pulumi from "@pulumi/pulumi";
import type { ClusterConfig, Environment } from "../config";
import { containerVmRole, HTTP_SERVING_ROLE } from "../config/names";
import type { ClusterOutputs } from "./cluster-outputs";
import { ContainerVmGroup } from "./cluster/container-vm-group";
import { Alerts } from "./cluster/alerts";
import { Firewall } from "./cluster/firewall";
import { HttpServingGroup } from "./cluster/http-serving-group";
import { LoadBalancer, type TrafficPurpose } from "./cluster/load-balancer";
import { MachineIdentity } from "./cluster/machine-identity";
import { Network } from "./cluster/network";
import { scopeOf } from "./cluster/scope";
import { Secrets, type ClusterSecret } from "./cluster/secrets";

export interface ClusterArgs {
  /** The environment that the cluster belongs to. */
  readonly environment: Environment;
  /** The cluster's name in the environment's configuration. */
  readonly name: string;
  /** Its entry there. */
  readonly config: ClusterConfig;
  /** Values of the secrets that its edges use. */
  readonly secrets: Readonly<Record<ClusterSecret, pulumi.Input<string>>>;
}

type OutputsOf<T> = { readonly [K in keyof T]: pulumi.Output<T[K]> };

/**
 * One failure domain: a complete copy of the platform in one region, which shares nothing with another cluster. Machines
 * without public addresses in a network of its own; edges behind two load balancers, for hosting and for workspaces; container
 * VMs that only the edges reach.
 */
export class Cluster extends pulumi.ComponentResource implements OutputsOf<ClusterOutputs> {
  readonly hostingAddress: pulumi.Output<string>;
  readonly workspaceAddress: pulumi.Output<string>;
  readonly natAddress: pulumi.Output<string>;
  readonly nodeIdentities: pulumi.Output<ClusterOutputs["nodeIdentities"]>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:Cluster", name, {}, opts);
    const { environment, config } = args;
    const scope = scopeOf(environment, args.name, config);
    const parent = { parent: this };

    const network = new Network(`${name}-network`, { scope }, parent);
    const host = new MachineIdentity(`${name}-host`, { scope, role: "host" }, parent);
    const edge = new MachineIdentity(`${name}-edge`, { scope, role: "edge", readsInstances: true }, parent);
    const identities = { host: host.email, edge: edge.email };
    new Firewall(`${name}-firewall`, { scope, network: network.network, identities }, parent);
    new Secrets(`${name}-secrets`, { scope, values: args.secrets, reader: edge.member }, parent);

    for (const [tierName, containerVms] of Object.entries(config.containerVms)) {
      const tier = tierOf(environment, tierName);
      new ContainerVmGroup(
        `${name}-${containerVmRole(tierName)}`,
        { scope, tierName, tier, containerVms, identity: host, network },
        parent,
      );
    }
    const edges = new HttpServingGroup(`${name}-${HTTP_SERVING_ROLE}`, { scope, identity: edge, network }, parent);

    const balance = (purpose: TrafficPurpose) =>
      new LoadBalancer(
        `${name}-${purpose}`,
        { scope, purpose, network: network.network, proxies: network.proxies, instanceGroup: edges.instanceGroup },
        parent,
      );
    this.hostingAddress = balance("hosting").address;
    this.workspaceAddress = balance("workspace").address;
    new Alerts(`${name}-alerts`, { scope, hostingAddress: this.hostingAddress }, parent);

    this.natAddress = network.natAddress;
    this.nodeIdentities = pulumi.output(identities);
    this.registerOutputs({
      hostingAddress: this.hostingAddress,
      workspaceAddress: this.workspaceAddress,
      natAddress: this.natAddress,
      nodeIdentities: this.nodeIdentities,
    });
  }
}

function tierOf({ machineTiers }: Environment, name: string) {
  const tier = machineTiers[name];
  if (tier === undefined) throw new Error(`machine tier "${name}" is not in machineTiers`);
  return tier;
}

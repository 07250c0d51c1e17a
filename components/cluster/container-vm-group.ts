import * as pulumi from "@pulumi/pulumi";
import type { ContainerVmsConfig, MachineTier } from "../../config";
import { containerVmRole } from "../../config/names";
import { hostPorts } from "../ports";
import { containerVmContainers } from "./machine-containers";
import type { MachineIdentity } from "./machine-identity";
import { ManagedInstanceGroup } from "./managed-instance-group";
import type { Network } from "./network";
import type { ClusterScope } from "./scope";

export interface ContainerVmGroupArgs {
  readonly scope: ClusterScope;
  /** Name of the machine tier. */
  readonly tierName: string;
  /** The shape that the tier stands for. */
  readonly tier: MachineTier;
  /** How many VMs, and how busy. */
  readonly containerVms: ContainerVmsConfig;
  readonly identity: MachineIdentity;
  readonly network: Network;
}

/** The VMs of one machine tier that run users' containers. Only the cluster's edges reach them. */
export class ContainerVmGroup extends pulumi.ComponentResource {
  constructor(name: string, args: ContainerVmGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:ContainerVmGroup", name, {}, opts);
    const { scope, tierName, tier, containerVms, identity, network } = args;
    new ManagedInstanceGroup(
      name,
      {
        scope,
        role: containerVmRole(tierName),
        machineType: tier.machineType,
        bootDiskGb: tier.bootDiskGb,
        containers: containerVmContainers(scope, tierName, tier.machineType),
        identity,
        network,
        healthPort: hostPorts.health,
        scaling: {
          min: containerVms.min,
          max: containerVms.max,
          targetUtilization: containerVms.targetUtilization,
          // Each VM that goes takes containers with it, which start anew elsewhere: one per zone at a time.
          maxScaledIn: scope.config.zones.length,
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

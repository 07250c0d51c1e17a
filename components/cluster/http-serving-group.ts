import * as pulumi from "@pulumi/pulumi";
import { HTTP_SERVING_ROLE } from "../../config/names";
import { edgePorts } from "../ports";
import type { TrafficPurpose } from "./load-balancer";
import { edgeContainers } from "./machine-containers";
import type { MachineIdentity } from "./machine-identity";
import { ManagedInstanceGroup } from "./managed-instance-group";
import type { Network } from "./network";
import type { ClusterScope } from "./scope";

/** An edge keeps nothing but its image and its logs. */
const BOOT_DISK_GB = 20;
/** Half of the CPU is free, so that the rest of a region carries what a zone that fails leaves behind. */
const TARGET_UTILIZATION = 0.5;

export interface HttpServingGroupArgs {
  readonly scope: ClusterScope;
  readonly identity: MachineIdentity;
  readonly network: Network;
}

/** The edges of a cluster: VMs that serve HTTP and WebSockets, each with HAProxy and its agent. */
export class HttpServingGroup extends pulumi.ComponentResource {
  /** The group as a backend of load balancers; its ports are named by {@link TrafficPurpose}. */
  readonly instanceGroup: pulumi.Output<string>;

  constructor(
    name: string,
    { scope, identity, network }: HttpServingGroupArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("platform:cluster:HttpServingGroup", name, {}, opts);
    const { machineType, min, max } = scope.config.httpServing;
    const namedPorts: Record<TrafficPurpose, number> = { hosting: edgePorts.hosting, workspace: edgePorts.workspace };
    const group = new ManagedInstanceGroup(
      name,
      {
        scope,
        role: HTTP_SERVING_ROLE,
        machineType,
        bootDiskGb: BOOT_DISK_GB,
        containers: edgeContainers(scope, machineType),
        identity,
        network,
        healthPort: edgePorts.health,
        namedPorts,
        scaling: { min, max, targetUtilization: TARGET_UTILIZATION },
      },
      { parent: this },
    );
    this.instanceGroup = group.instanceGroup;
    this.registerOutputs({ instanceGroup: this.instanceGroup });
  }
}

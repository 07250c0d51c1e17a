import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { templateContent, type MachineSpec } from "./instance-template";
import type { MachineIdentity } from "./machine-identity";
import type { Network } from "./network";
import { nameIn } from "./scope";

/** How a group grows and shrinks. */
export interface Scaling {
  /** Fewest VMs. */
  readonly min: number;
  /** Most VMs; an update adds one per zone while it lasts. */
  readonly max: number;
  /** CPU utilisation that the autoscaler aims at, 0 to 1. */
  readonly targetUtilization: number;
  /** Most VMs that go within ten minutes. Default: as many as the autoscaler sees fit. */
  readonly maxScaledIn?: number;
}

export interface ManagedInstanceGroupArgs extends MachineSpec {
  readonly identity: MachineIdentity;
  readonly network: Network;
  /** Port of `GET /healthz`, which autohealing asks. */
  readonly healthPort: number;
  /** Ports that load balancers know by name. */
  readonly namedPorts?: Readonly<Record<string, number>>;
  readonly scaling: Scaling;
}

/**
 * Seconds from a VM's creation until it is judged: boot of Container-Optimized OS, pull of the images, start. Autohealing
 * leaves it alone for so long, and the autoscaler does not count its load.
 */
const START_SECONDS = 180;
const SCALE_IN_WINDOW_SECONDS = 600;
/**
 * Seconds that a new VM has to be healthy before an old one goes for it. Edges find a new container VM within five, and send to it after
 * two checks, two seconds apart; load balancers send to a new edge after two checks, five seconds apart. Twice that.
 */
const MIN_READY_SECONDS = 20;
/** An update replaces one VM per zone at a time, each in a few minutes, and waits for the last. */
const TIMEOUTS = { create: "30m", update: "3h", delete: "30m" };

/**
 * A regional managed instance group with what makes it one: template, health check for autohealing, autoscaler. Its VMs are
 * spread over the cluster's zones.
 *
 * A change of what the VMs are makes a template under another name, updates the group in place, VM by VM, and deletes the old
 * template at last. The group reports success when every VM is replaced and stable. Two reasons to wait: a template that VMs
 * still refer to cannot be deleted, and a release that does not start fails the deployment of this cluster before the next
 * failure domain gets it.
 */
export class ManagedInstanceGroup extends pulumi.ComponentResource {
  /** The group as a backend of load balancers. */
  readonly instanceGroup: pulumi.Output<string>;

  constructor(name: string, args: ManagedInstanceGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:ManagedInstanceGroup", name, {}, opts);
    const manager = this.manager(name, args, this.template(name, args), this.healthCheck(name, args));
    this.autoscaler(name, args, manager);
    this.instanceGroup = manager.instanceGroup;
    this.registerOutputs({ instanceGroup: this.instanceGroup });
  }

  private template(name: string, args: ManagedInstanceGroupArgs): gcp.compute.RegionInstanceTemplate {
    return new gcp.compute.RegionInstanceTemplate(
      `${name}-template`,
      {
        ...templateContent(args),
        // No access configuration: no public address.
        networkInterfaces: [{ subnetwork: args.network.machines }],
        // The scope leaves the decision to the identity's roles.
        serviceAccount: { email: args.identity.email, scopes: ["https://www.googleapis.com/auth/cloud-platform"] },
      },
      // Pulumi names it, at random: a release that was stopped and is taken back gets a template anew while the first one of the
      // same content still waits for its deletion.
      { parent: this },
    );
  }

  private healthCheck(
    name: string,
    { scope, role, healthPort }: ManagedInstanceGroupArgs,
  ): gcp.compute.RegionHealthCheck {
    return new gcp.compute.RegionHealthCheck(
      `${name}-health-check`,
      {
        name: nameIn(scope, role),
        region: scope.config.region,
        httpHealthCheck: { port: healthPort, requestPath: "/healthz" },
        // A minute of silence costs a VM its life, not a slow answer.
        checkIntervalSec: 10,
        timeoutSec: 5,
        healthyThreshold: 1,
        unhealthyThreshold: 6,
        logConfig: { enable: true },
      },
      { parent: this },
    );
  }

  private manager(
    name: string,
    { scope, role, namedPorts = {}, identity, network }: ManagedInstanceGroupArgs,
    template: gcp.compute.RegionInstanceTemplate,
    healthCheck: gcp.compute.RegionHealthCheck,
  ): gcp.compute.RegionInstanceGroupManager {
    const { region, zones } = scope.config;
    return new gcp.compute.RegionInstanceGroupManager(
      `${name}-manager`,
      {
        name: nameIn(scope, role),
        region,
        baseInstanceName: nameIn(scope, role),
        versions: [{ instanceTemplate: template.selfLink }],
        distributionPolicyZones: zones,
        distributionPolicyTargetShape: "EVEN",
        namedPorts: Object.entries(namedPorts).map(([portName, port]) => ({ name: portName, port })),
        autoHealingPolicies: { healthCheck: healthCheck.id, initialDelaySec: START_SECONDS },
        instanceLifecyclePolicy: { defaultActionOnFailure: "REPAIR", forceUpdateOnRepair: "YES" },
        updatePolicy: {
          type: "PROACTIVE",
          minimalAction: "REPLACE",
          mostDisruptiveAllowedAction: "REPLACE",
          replacementMethod: "SUBSTITUTE",
          instanceRedistributionType: "PROACTIVE",
          // In a regional group a fixed number is 0 or at least the number of zones.
          maxSurgeFixed: zones.length,
          maxUnavailableFixed: 0,
          minReadySec: MIN_READY_SECONDS,
        },
        waitForInstances: true,
        waitForInstancesStatus: "UPDATED",
      },
      // A VM that starts before it may pull images, or can reach anything, is repaired in vain.
      { parent: this, dependsOn: [identity, network], customTimeouts: TIMEOUTS },
    );
  }

  private autoscaler(
    name: string,
    { scope, role, scaling }: ManagedInstanceGroupArgs,
    manager: gcp.compute.RegionInstanceGroupManager,
  ): void {
    const { min, max, targetUtilization, maxScaledIn } = scaling;
    new gcp.compute.RegionAutoscaler(
      `${name}-autoscaler`,
      {
        name: nameIn(scope, role),
        region: scope.config.region,
        target: manager.selfLink,
        autoscalingPolicy: {
          minReplicas: min,
          maxReplicas: max,
          cooldownPeriod: START_SECONDS,
          cpuUtilization: { target: targetUtilization },
          ...(maxScaledIn !== undefined && {
            scaleInControl: { maxScaledInReplicas: { fixed: maxScaledIn }, timeWindowSec: SCALE_IN_WINDOW_SECONDS },
          }),
        },
      },
      { parent: this },
    );
  }
}

import * as gcp from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { clusterSubnets } from "../../config/cidr";
import { HEALTH_CHECK_RANGES, IAP_RANGE } from "../google-ranges";
import { edgePorts, hostPorts } from "../ports";
import { nameIn, type ClusterScope } from "./scope";

const SSH_PORT = 22;

/** Priorities of the two kinds of rules; a lower number wins. */
const PRIORITY = { allow: 1000, denyAll: 65534 };

export interface FirewallArgs {
  readonly scope: ClusterScope;
  /** The VPC that the rules apply to. */
  readonly network: pulumi.Input<string>;
  /** Emails of the service accounts that tell the machines apart. */
  readonly identities: { readonly host: pulumi.Input<string>; readonly edge: pulumi.Input<string> };
}

/** Who may open connections, to which machines, on which TCP ports. */
interface AllowRule {
  readonly role: string;
  readonly description: string;
  readonly from: { readonly ranges: readonly string[] } | { readonly serviceAccount: pulumi.Input<string> };
  readonly to: readonly pulumi.Input<string>[];
  readonly ports: readonly number[];
}

/**
 * A cluster's firewall: nothing comes in but what a rule names, and what is refused is logged. Machines are told apart by
 * their service accounts, which a compromised machine cannot give itself, unlike network tags of its instance.
 */
export class Firewall extends pulumi.ComponentResource {
  constructor(name: string, args: FirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("platform:cluster:Firewall", name, {}, opts);
    for (const rule of rulesOf(args)) this.allow(name, args, rule);
    this.denyAll(name, args);
    this.registerOutputs({});
  }

  private allow(name: string, { scope, network }: FirewallArgs, rule: AllowRule): void {
    new gcp.compute.Firewall(
      `${name}-${rule.role}`,
      {
        name: nameIn(scope, rule.role),
        description: rule.description,
        network,
        direction: "INGRESS",
        priority: PRIORITY.allow,
        allows: [{ protocol: "tcp", ports: rule.ports.map(String) }],
        ...("ranges" in rule.from
          ? { sourceRanges: [...rule.from.ranges] }
          : { sourceServiceAccounts: [rule.from.serviceAccount] }),
        targetServiceAccounts: [...rule.to],
      },
      { parent: this },
    );
  }

  private denyAll(name: string, { scope, network }: FirewallArgs): void {
    new gcp.compute.Firewall(
      `${name}-deny-all`,
      {
        name: nameIn(scope, "deny-all"),
        description: "Refuse and log what no other rule allows",
        network,
        direction: "INGRESS",
        priority: PRIORITY.denyAll,
        denies: [{ protocol: "all" }],
        sourceRanges: ["0.0.0.0/0"],
        logConfig: { metadata: "EXCLUDE_ALL_METADATA" },
      },
      { parent: this },
    );
  }
}

function rulesOf({ scope, identities: { host, edge } }: FirewallArgs): AllowRule[] {
  return [
    {
      role: "allow-proxies",
      description: "Load balancers' proxies to the edges",
      from: { ranges: [clusterSubnets(scope.config.cidr).proxies] },
      to: [edge],
      ports: [edgePorts.hosting, edgePorts.workspace],
    },
    {
      role: "allow-edge-health",
      description: "Health checks of the load balancers and of autohealing to the edges",
      from: { ranges: HEALTH_CHECK_RANGES },
      to: [edge],
      ports: [edgePorts.health],
    },
    {
      role: "allow-host-health",
      description: "Health checks of autohealing to the container VMs",
      from: { ranges: HEALTH_CHECK_RANGES },
      to: [host],
      ports: [hostPorts.health],
    },
    {
      role: "allow-edges",
      description: "Edges to the container VMs: apps, and whether a VM can take them",
      from: { serviceAccount: edge },
      to: [host],
      ports: [hostPorts.apps, hostPorts.health],
    },
    {
      role: "allow-iap-ssh",
      description: "Operators' SSH through Identity-Aware Proxy",
      from: { ranges: [IAP_RANGE] },
      to: [host, edge],
      ports: [SSH_PORT],
    },
  ];
}

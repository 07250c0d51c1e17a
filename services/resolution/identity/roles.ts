/** Who may do what: from a proven email to roles. Bindings come from configuration, nodes' identities from the clusters. */
import { z } from "zod";
import type { ClusterDocument } from "../../contracts/cluster";
import type { NodeKind } from "../../contracts/feed";

/**
 * `resolver` asks where users live. `platform` keeps users and their domains. `operator` moves users and runs clusters.
 * `node` follows its own part of the feed and acknowledges it.
 */
export const ROLES = ["resolver", "platform", "operator", "node"] as const;
export type Role = (typeof ROLES)[number];

/** Emails by role, as configured. Nobody is bound to `node`: a cluster's document says who its nodes are. */
export const roleBindings = z.strictObject({
  resolver: z.array(z.email()).default([]),
  platform: z.array(z.email()).default([]),
  operator: z.array(z.email()).default([]),
});
export type RoleBindings = z.infer<typeof roleBindings>;

/** What a node may be. DNS nodes belong to no cluster. */
export interface NodeGrant {
  readonly kind: NodeKind;
  readonly cluster?: string;
}

/** Whoever sent a request. */
export interface Caller {
  readonly email: string;
  readonly roles: ReadonlySet<Role>;
  /** Nodes that the caller may speak for; more than one only where clusters share an identity. */
  readonly nodes: readonly NodeGrant[];
}

/** Where callers come from. */
export interface RoleSources {
  readonly bindings: RoleBindings;
  /** Email of the name servers' agents. */
  readonly dnsIdentity: string;
  readonly clusters: readonly Pick<ClusterDocument, "name" | "nodeIdentities">[];
}

/** Callers by email in lower case. An email that is not in it has no role. */
export function callersOf({ bindings, dnsIdentity, clusters }: RoleSources): ReadonlyMap<string, Caller> {
  const callers = new Map<string, { email: string; roles: Set<Role>; nodes: NodeGrant[] }>();
  const grant = (email: string, role: Role, node?: NodeGrant): void => {
    const key = email.toLowerCase();
    const caller = callers.get(key) ?? { email: key, roles: new Set(), nodes: [] };
    caller.roles.add(role);
    if (node) caller.nodes.push(node);
    callers.set(key, caller);
  };
  for (const role of ["resolver", "platform", "operator"] as const) {
    for (const email of bindings[role]) grant(email, role);
  }
  grant(dnsIdentity, "node", { kind: "dns" });
  for (const { name, nodeIdentities } of clusters) {
    grant(nodeIdentities.edge, "node", { kind: "edge", cluster: name });
    grant(nodeIdentities.host, "node", { kind: "host", cluster: name });
  }
  return callers;
}

/** Whether the caller may speak for such a node. */
export function mayBe(caller: Caller, kind: NodeKind, cluster: string | undefined): boolean {
  return caller.nodes.some((node) => node.kind === kind && node.cluster === cluster);
}

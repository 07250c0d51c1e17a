/** Virtual machines: the types that describe one, and the Kubernetes nodes that are described elsewhere. */
import { at, elements, entries, text, type Properties } from "./values";

/** An instance, or a template that instances are made from. Their properties have the same shape. */
const VM_TYPES: ReadonlySet<string> = new Set([
  "gcp:compute/instance:Instance",
  "gcp:compute/instanceTemplate:InstanceTemplate",
  "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
]);

export const MANAGED_GROUP = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager";
export const GKE_CLUSTER = "gcp:container/cluster:Cluster";
export const NODE_POOL = "gcp:container/nodePool:NodePool";
export const DATABASE = "gcp:sql/databaseInstance:DatabaseInstance";

/** Whether resources of the type are virtual machines or templates of them. */
export function isMachine(type: string): boolean {
  return VM_TYPES.has(type);
}

/** A network interface of a virtual machine. */
export function networkInterfaces(machine: Properties): readonly unknown[] {
  return elements(machine.networkInterfaces);
}

/** The metadata that the guest reads at start, such as cloud-init's `user-data`. */
export function metadataText(machine: Properties): readonly string[] {
  return entries(at(machine, "metadata")).flatMap(([, value]) => text(value) ?? []);
}

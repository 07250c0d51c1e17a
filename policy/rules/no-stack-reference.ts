import type { Resource, StackRule } from "../support/rule";

const STACK_REFERENCE = "pulumi:pulumi:StackReference";

/**
 * The engine shows a pack what the program registers, and a reference is read, not registered: newer engines leave it
 * out. What remains of it is a property that depends on a resource which is not in the stack. That is also what a
 * resource that somebody looked up leaves behind, and it is no more a cluster's own.
 */
export const noStackReference: StackRule = {
  name: "no-stack-reference",
  description:
    "A cluster's stack refers to nothing outside itself, so that it can be deployed and repaired whatever state the others are in.",
  severity: "critical",
  remedy: "take the value from configuration or from a DNS name; only the shared stack reads other stacks",
  reads: () => false,
  checkStack: (resources, { cluster }) => {
    if (cluster === undefined) return [];
    return resources.flatMap((resource) => faults(resource).map((message) => ({ message, urn: resource.urn })));
  },
};

function faults({ type, name, sources = {} }: Resource): string[] {
  if (type === STACK_REFERENCE) return [`${name} refers to another stack`];
  return Object.entries(sources)
    .filter(([, found]) => found.length === 0)
    .map(([property]) => `${property} comes from outside the stack`);
}

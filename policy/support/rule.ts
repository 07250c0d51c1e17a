/** A rule: what must hold, how bad it is when it does not, what to do then, and a pure function that finds out. */
import type { Severity } from "@pulumi/policy";
import type { Scope } from "./scope";
import type { Properties } from "./values";

/** A resource as a rule sees it. */
export interface Resource {
  /** Type token, such as `gcp:compute/firewall:Firewall`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly urn: string;
  /** The inputs of the resource; in a {@link StackRule} its outputs as well. */
  readonly properties: Properties;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** Identifies its provider, and with it the Kubernetes cluster that it is in. Only in a {@link StackRule}. */
  readonly providerUrn?: string;
  /** For each property the resources that its value comes from. Only in a {@link StackRule}. */
  readonly sources?: Readonly<Record<string, readonly Resource[]>>;
}

interface RuleBase {
  /** Identifies the rule in previews, in documentation and in its file's name. */
  readonly name: string;
  /** One sentence: what must hold, and why where it is not plain. */
  readonly description: string;
  readonly severity: Severity;
  /** One sentence: what to change when it does not hold. */
  readonly remedy: string;
}

/** A rule about one resource at a time. Runs before the resource is touched. */
export interface ResourceRule extends RuleBase {
  /** Whether the rule has anything to say about resources of this type; others never reach `check`. */
  readonly appliesTo: (type: string, scope: Scope) => boolean;
  /** What is wrong with the resource, each with the value that is; nothing when all is well. */
  readonly check: (resource: Resource, scope: Scope) => readonly string[];
}

/** What is wrong with a stack, and the resource to blame where there is one. */
export interface StackViolation {
  readonly message: string;
  readonly urn?: string;
}

/** A rule about resources in relation to each other. Runs once the program has registered all of them. */
export interface StackRule extends RuleBase {
  /** Whether the rule looks at the properties of resources of this type. */
  readonly reads: (type: string) => boolean;
  readonly checkStack: (resources: readonly Resource[], scope: Scope) => readonly StackViolation[];
}

export type Rule = ResourceRule | StackRule;

/** A predicate for {@link ResourceRule.appliesTo}: resources of these types, in every stack. */
export function ofTypes(...types: readonly string[]): (type: string) => boolean {
  const set = new Set(types);
  return (type) => set.has(type);
}

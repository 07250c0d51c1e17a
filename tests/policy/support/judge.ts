/** Judges resources by one rule, without an engine. */
import { readEnvironmentFile, type Environment } from "../../../config";
import type { Resource, ResourceRule, StackRule, StackViolation } from "../../../policy/support/rule";
import type { Scope } from "../../../policy/support/scope";
import type { Properties } from "../../../policy/support/values";

export const prod: Environment = readEnvironmentFile("Pulumi.prod.yaml");
export const sandbox: Environment = readEnvironmentFile("Pulumi.sandbox.yaml");

/** Stack `prod.free`: a cluster in europe-west1 that uses the tier `standard` alone. */
export const freeStack: Scope = clusterScope(prod, "free");
/** Stack `prod`: what the environment shares. */
export const sharedStack: Scope = { environment: prod };

export function clusterScope(environment: Environment, name: string): Scope {
  const config = environment.clusters[name];
  if (config === undefined) throw new Error(`${environment.name} has no cluster ${name}`);
  return { environment, cluster: { name, config } };
}

/** A resource with the given type and properties; its name is the type's last part unless it is given. */
export function resource(type: string, properties: Properties, rest: Partial<Resource> = {}): Resource {
  const name = rest.name ?? type.split(":").at(-1) ?? type;
  return { type, name, urn: `urn:pulumi:prod::platform::${type}::${name}`, properties, protect: false, ...rest };
}

/** What a rule says of one resource; nothing when it does not apply, as in the pack. */
export function judge(rule: ResourceRule, judged: Resource, scope: Scope): readonly string[] {
  return rule.appliesTo(judged.type, scope) ? rule.check(judged, scope) : [];
}

/** What a rule says of the resources of a stack. */
export function judgeStack(rule: StackRule, resources: readonly Resource[], scope: Scope): readonly StackViolation[] {
  return rule.checkStack(resources, scope);
}

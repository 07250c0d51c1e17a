/** From {@link Rule}s to what the policy SDK runs. */
import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import type { Resource, ResourceRule, Rule, StackRule } from "./rule";
import type { Scope } from "./scope";
import { plainProperties, UNKNOWN, type Properties } from "./values";

/** Every rule blocks: what need not be followed is advice, and belongs in the documentation. */
const ENFORCEMENT = "mandatory";

/** The rules as policies over the stack in `scope`. */
export function enginePolicies(
  rules: readonly Rule[],
  scope: Scope,
): (ResourceValidationPolicy | StackValidationPolicy)[] {
  const inputs = new RememberedInputs(rules.filter(isStackRule));
  return rules.map((rule) =>
    isStackRule(rule) ? stackPolicy(rule, scope, inputs) : resourcePolicy(rule, scope, inputs),
  );
}

function isStackRule(rule: Rule): rule is StackRule {
  return "checkStack" in rule;
}

function resourcePolicy(rule: ResourceRule, scope: Scope, inputs: RememberedInputs): ResourceValidationPolicy {
  return {
    ...metadata(rule),
    validateResource: (args, reportViolation) => {
      inputs.remember(args);
      const { type, name, urn, props, opts } = args;
      if (!rule.appliesTo(type, scope)) return;
      const resource: Resource = { type, name, urn, properties: plainProperties(props), protect: opts.protect };
      for (const message of rule.check(resource, scope)) reportViolation(violation(rule, message));
    },
  };
}

function stackPolicy(rule: StackRule, scope: Scope, inputs: RememberedInputs): StackValidationPolicy {
  return {
    ...metadata(rule),
    validateStack: ({ resources }, reportViolation) => {
      for (const { message, urn } of rule.checkStack(linked(resources, inputs), scope)) {
        reportViolation(violation(rule, message), urn);
      }
    },
  };
}

function metadata({ name, description, severity, remedy }: Rule) {
  return { name, description, severity, remediationSteps: remedy, enforcementLevel: ENFORCEMENT } as const;
}

function violation(rule: Rule, message: string): string {
  return `${message}. Remedy: ${rule.remedy}`;
}

/**
 * The inputs of resources, from when each was judged alone. A stack is judged by outputs, and a preview has none for the
 * resources of a provider whose own configuration it does not know yet, such as that of a GKE cluster to be created.
 * The engine starts a pack anew for every preview and update, so nothing here outlives the run that it is about.
 */
class RememberedInputs {
  private readonly byUrn = new Map<string, Properties>();

  constructor(private readonly rules: readonly StackRule[]) {}

  remember({ type, urn, props }: ResourceValidationArgs): void {
    const needed = this.rules.some((rule) => rule.reads(type));
    if (needed && !this.byUrn.has(urn)) this.byUrn.set(urn, plainProperties(props));
  }

  /** The outputs, completed with inputs where they are unknown or missing. */
  completing(outputs: Properties, urn: string): Properties {
    const known = Object.entries(outputs).filter(([, value]) => value !== UNKNOWN);
    return { ...outputs, ...this.byUrn.get(urn), ...Object.fromEntries(known) };
  }
}

/** The resources of a stack, each with the resources that its properties come from. */
function linked(resources: readonly PolicyResource[], inputs: RememberedInputs): readonly Resource[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, withoutSources(resource, inputs)]));
  for (const { urn, propertyDependencies } of resources) {
    const target = byUrn.get(urn);
    for (const [property, sources] of Object.entries(propertyDependencies)) {
      if (target) target.sources[property] = sources.flatMap((source) => byUrn.get(source.urn) ?? []);
    }
  }
  return [...byUrn.values()];
}

function withoutSources(
  { type, name, urn, props, opts, provider }: PolicyResource,
  inputs: RememberedInputs,
): Resource & { sources: Record<string, readonly Resource[]> } {
  const properties = inputs.completing(plainProperties(props), urn);
  return {
    type,
    name,
    urn,
    properties,
    protect: opts.protect,
    sources: {},
    ...(provider && { providerUrn: provider.urn }),
  };
}

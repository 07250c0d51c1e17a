import { type Fact, type Facts, isOutputOnly, shapeOf } from "../facts/fact";
import { isUnknown, object, type Properties, UNKNOWN, type Value } from "../provider/values";
import type { Definition, OutputContext } from "./definition";
import { fingerprint, numericId, number } from "../provider/hash";

/** The label the provider adds to everything it makes. */
const ATTRIBUTION = { "goog-pulumi-provisioned": "true" };

/** Outputs that change whenever the resource does. */
const FINGERPRINTS = new Set(["fingerprint", "metadataFingerprint", "tagsFingerprint", "labelFingerprint", "etag"]);
const TIMESTAMPS = new Set(["creationTimestamp", "createTime", "creationTime"]);

/** Values of computed properties that have the same meaning in every resource type. */
export function commonOutputs(facts: Facts, definition: Definition, context: OutputContext): Properties {
  const outputs: Properties = {};
  for (const [name, fact] of Object.entries(facts)) {
    if (fact.computed !== true) continue;
    const value = common(name, fact, definition, context) ?? (isOutputOnly(fact) ? zero(fact) : undefined);
    if (value !== undefined) outputs[name] = value;
  }
  return outputs;
}

function common(name: string, fact: Fact, definition: Definition, context: OutputContext): Value | undefined {
  const { id, inputs, created } = context;
  if (name === "selfLink") return definition.selfLink === undefined ? undefined : `${definition.selfLink}${id}`;
  if (TIMESTAMPS.has(name)) return created;
  if (name === "metadataFingerprint") return fingerprint(inputs.metadata ?? null);
  if (name === "tagsFingerprint") return fingerprint(inputs.tags ?? null);
  if (name === "labelFingerprint") return fingerprint(inputs.labels ?? null);
  if (name === "fingerprint" || name === "etag") return fingerprint(inputs);
  if (/(^numericId|^generatedId|Id)$/.test(name) && isOutputOnly(fact)) {
    return fact.type === "int" ? number(id, created) : numericId(id, created);
  }
  return undefined;
}

/** What the provider shows for a computed property that has no value. */
function zero(fact: Fact): Value {
  switch (shapeOf(fact)) {
    case "list":
    case "set":
      return [];
    case "map":
    case "object":
    case "any":
      return {};
    case "scalar":
      return fact.type === "bool" ? false : fact.type === "int" || fact.type === "float" ? 0 : "";
  }
}

/** Outputs that a preview knows, because they follow from inputs and the provider's configuration. */
export function plannedOutputs(facts: Facts, inputs: Properties, defaultLabels: Properties): Properties {
  const outputs: Properties = {};
  if (facts.effectiveLabels !== undefined) {
    const labels = inputs.labels;
    const all = isUnknown(labels) ? UNKNOWN : { ...defaultLabels, ...object(labels), ...ATTRIBUTION };
    outputs.effectiveLabels = all;
    outputs.pulumiLabels = all;
  }
  if (facts.effectiveAnnotations !== undefined) outputs.effectiveAnnotations = inputs.annotations ?? {};
  return outputs;
}

/** The names of outputs that an update changes. */
export function changingOutputs(facts: Facts, definition: Definition): string[] {
  const names = [...FINGERPRINTS, ...(definition.changing ?? [])];
  return names.filter((name) => facts[name] !== undefined);
}

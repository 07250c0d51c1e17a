import type { Facts } from "../facts/fact";
import { isAbsent, isProperties, type Properties, UNKNOWN, type Value } from "./values";

/** `inputs` with everything computed that is not given as {@link UNKNOWN}. */
export function unknownOutputs(facts: Facts, inputs: Properties): Properties {
  const outputs: Properties = { ...inputs };
  for (const [name, fact] of Object.entries(facts)) {
    const value = inputs[name];
    if (isAbsent(value)) {
      if (fact.computed === true) outputs[name] = UNKNOWN;
    } else if (fact.elem !== undefined) outputs[name] = inside(fact.elem, value, unknownOutputs);
  }
  return outputs;
}

function inside(elem: Facts, value: Value, fill: (facts: Facts, values: Properties) => Properties): Value {
  if (Array.isArray(value)) return value.map((item) => inside(elem, item, fill));
  return isProperties(value) ? fill(elem, value) : value;
}

/** `inputs` with everything computed that is not given as it was in `olds`. */
export function carriedOutputs(facts: Facts, olds: Properties, inputs: Properties): Properties {
  const outputs: Properties = { ...inputs };
  for (const [name, fact] of Object.entries(facts)) {
    const value = inputs[name];
    const old = olds[name];
    if (isAbsent(value)) {
      if (fact.computed === true) outputs[name] = old;
    } else if (fact.elem !== undefined) outputs[name] = carried(fact.elem, old, value);
  }
  return outputs;
}

function carried(elem: Facts, old: Value | undefined, value: Value): Value {
  if (isProperties(old) && isProperties(value)) return carriedOutputs(elem, old, value);
  if (Array.isArray(old) && Array.isArray(value) && old.length === value.length) {
    return value.map((item, index) => carried(elem, old[index], item));
  }
  return value;
}

import fc from "fast-check";
import { type Fact, type Facts, isOutputOnly, shapeOf } from "../../sandbox/facts/fact";
import { gcpFacts } from "../../sandbox/facts/gcp";
import { GCP_TYPES } from "../../sandbox/facts/gcp-types";
import { checkSchema } from "../../sandbox/provider/schema-check";
import { diffSchema } from "../../sandbox/provider/schema-diff";
import { carriedOutputs, unknownOutputs } from "../../sandbox/provider/schema-outputs";
import { containsUnknown, isProperties, type Properties, type Value } from "../../sandbox/provider/values";

const RUNS = { numRuns: 20 };

/** Any inputs that have the shapes the facts ask for: what is required, and a few of the rest. */
function inputsOf(facts: Facts, depth = 0): fc.Arbitrary<Properties> {
  const settable = Object.keys(facts).filter((name) => !isOutputOnly(facts[name]!));
  const required = settable.filter((name) => facts[name]?.required === true);
  const optional = settable.filter((name) => facts[name]?.required !== true);
  return fc.subarray(optional, { maxLength: Math.min(optional.length, 4 - 2 * Math.min(depth, 2)) }).chain((chosen) => {
    const names = [...required, ...chosen];
    return fc.record(Object.fromEntries(names.map((name) => [name, valueOf(facts[name]!, depth)])));
  });
}

function valueOf(fact: Fact, depth: number): fc.Arbitrary<Value> {
  const text = fc.constantFrom("a", "b", "c", "d");
  const { minItems = 1, maxItems = 3 } = fact;
  switch (shapeOf(fact)) {
    case "object":
      return inputsOf(fact.elem ?? {}, depth + 1);
    case "map":
      return fc.dictionary(text, text, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
    case "list":
    case "set": {
      const element: fc.Arbitrary<Value> = fact.elem === undefined ? text : inputsOf(fact.elem, depth + 1);
      return fc.array(element, { minLength: minItems, maxLength: Math.max(minItems, Math.min(3, maxItems)) });
    }
    case "any":
    case "scalar":
      if (fact.type === "bool") return fc.boolean();
      return fact.type === "int" || fact.type === "float" ? fc.integer({ min: 0, max: 9 }) : text;
  }
}

describe.each(GCP_TYPES)("any inputs of %s", (type) => {
  const facts = gcpFacts(type);

  test("that have the right shapes pass the check, but for what excludes each other", () => {
    fc.assert(
      fc.property(inputsOf(facts), (inputs) => {
        const others = checkSchema(facts, inputs).filter(({ reason }) => !/conflicts with|exactly one of/.test(reason));
        expect(others).toEqual([]);
      }),
      RUNS,
    );
  });

  test("do not differ from themselves, in any order of sets", () => {
    fc.assert(
      fc.property(inputsOf(facts), (inputs) => {
        expect(diffSchema(facts, inputs, inputs)).toEqual([]);
        expect(diffSchema(facts, withSetsReversed(facts, inputs), inputs)).toEqual([]);
      }),
      RUNS,
    );
  });

  test("show in a preview as given, and everything computed as unknown", () => {
    fc.assert(
      fc.property(inputsOf(facts), (inputs) => {
        const outputs = unknownOutputs(facts, inputs);
        expect(diffSchema(facts, inputs, inputs)).toEqual([]);
        for (const [name, fact] of Object.entries(facts)) {
          if (isOutputOnly(fact))
            expect({ name, unknown: containsUnknown(outputs[name]) }).toEqual({ name, unknown: true });
        }
      }),
      RUNS,
    );
  });

  test("have no difference left after an update to them", () => {
    fc.assert(
      fc.property(inputsOf(facts), inputsOf(facts), (olds, news) => {
        expect(diffSchema(facts, carriedOutputs(facts, olds, news), news)).toEqual([]);
      }),
      RUNS,
    );
  });
});

function withSetsReversed(facts: Facts, values: Properties): Properties {
  const entries = Object.entries(values).map(([name, value]) => {
    const fact = facts[name];
    if (fact === undefined || value === undefined) return [name, value] as const;
    if (Array.isArray(value)) return [name, shapeOf(fact) === "set" ? [...value].reverse() : value] as const;
    return [name, fact.elem !== undefined && isProperties(value) ? withSetsReversed(fact.elem, value) : value] as const;
  });
  return Object.fromEntries(entries);
}

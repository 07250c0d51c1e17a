import type { Facts } from "../../sandbox/facts/fact";
import { checkSchema } from "../../sandbox/provider/schema-check";
import { type Properties, UNKNOWN } from "../../sandbox/provider/values";

const FACTS: Facts = {
  name: { type: "string", required: true },
  size: { type: "int", optional: true },
  share: { type: "float", optional: true },
  enabled: { type: "bool", optional: true, conflictsWith: ["size"] },
  selfLink: { type: "string", computed: true },
  labels: { type: "map", optional: true },
  ports: { type: "set", optional: true, minItems: 2, maxItems: 3 },
  a: { type: "string", optional: true, exactlyOneOf: ["a", "b"] },
  b: { type: "string", optional: true, exactlyOneOf: ["a", "b"] },
  disk: {
    type: "list",
    optional: true,
    maxItems: 1,
    elem: { image: { type: "string", required: true }, id: { type: "string", computed: true } },
  },
  rules: { type: "list", optional: true, elem: { port: { type: "int", required: true } } },
  healthCheck: { type: "set", optional: true, maxItems: 1 },
};
const VALID: Properties = { name: "n", a: "x" };

describe("the schema check", () => {
  test.each<[string, Properties, string, RegExp]>([
    [
      "an unknown property, with the nearest known name",
      { nmae: "n" },
      "nmae",
      /unknown property \(value "n"\); did you mean name\?/,
    ],
    ["an unknown property that resembles none", { qqqqqqqqqq: 1 }, "qqqqqqqqqq", /unknown property.*remove it/],
    ["an unknown nested property", { disk: { image: "i", siez: 1 } }, "disk.siez", /unknown property/],
    ["a purely computed property", { selfLink: "x" }, "selfLink", /"x" cannot be set/],
    ["a purely computed nested property", { disk: { image: "i", id: "x" } }, "disk.id", /cannot be set/],
    ["a string where a number belongs", { size: "2" }, "size", /"2" has the wrong type; set it to a whole number/],
    ["a fraction where a whole number belongs", { size: 1.5 }, "size", /1.5 has the wrong type/],
    ["a number where a string belongs", { name: 7 }, "name", /7 has the wrong type; set it to a string/],
    ["a string where a boolean belongs", { enabled: "true" }, "enabled", /set it to a boolean/],
    ["a list where a single object belongs", { disk: [{ image: "i" }] }, "disk", /set it to an object/],
    ["a list where a single value belongs", { healthCheck: ["h"] }, "healthCheck", /wrong type/],
    ["an object where a list belongs", { rules: { port: 1 } }, "rules", /set it to a list/],
    ["a plain value where list elements are objects", { rules: [1] }, "rules[0]", /must be an object with port/],
    ["an object where list elements are plain", { ports: [{}, "1"] }, "ports[0]", /plain value/],
    ["a missing required nested property", { disk: {} }, "disk.image", /missing required property; set it to a string/],
    ["a missing required property of an element", { rules: [{}] }, "rules[0].port", /missing required/],
    ["too few elements", { ports: ["1"] }, "ports", /has 1 elements; give at least 2/],
    ["too many elements", { ports: ["1", "2", "3", "4"] }, "ports", /has 4 elements; give at most 3/],
    ["conflicting properties", { enabled: true, size: 1 }, "enabled", /true conflicts with size \(1\); remove one/],
    ["two of which exactly one is allowed", { b: "y" }, "a", /exactly one of a, b must be set, but a and b are set/],
    ["a structured value in a map", { labels: { k: ["v"] } }, "labels.k", /is not a string/],
  ])("refuses %s", (_, inputs, property, reason) => {
    const failures = checkSchema(FACTS, { ...VALID, ...inputs });
    expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) as string }]);
  });

  test("refuses a missing required property and a missing choice", () => {
    expect(checkSchema(FACTS, {})).toEqual([
      { property: "name", reason: expect.stringMatching(/missing required property/) as string },
      { property: "a", reason: expect.stringMatching(/exactly one of a, b must be set, but none is set/) as string },
    ]);
  });

  test.each<[string, Properties]>([
    ["the smallest inputs", {}],
    [
      "an unknown value of any property",
      { name: UNKNOWN, size: UNKNOWN, disk: UNKNOWN, rules: UNKNOWN, labels: UNKNOWN },
    ],
    ["unknown values inside lists and objects", { rules: [UNKNOWN, { port: UNKNOWN }], disk: { image: UNKNOWN } }],
    ["an unknown value beside one it could conflict with", { enabled: UNKNOWN, size: 1 }],
    ["an unknown value in a choice", { a: UNKNOWN, b: "y" }],
    ["null as absent", { size: null, disk: null }],
    ["a single value for a list of at most one", { healthCheck: "h" }],
  ])("accepts %s", (_, inputs) => {
    expect(checkSchema(FACTS, { ...VALID, ...inputs })).toEqual([]);
  });
});

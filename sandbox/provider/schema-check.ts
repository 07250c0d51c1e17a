import { type Fact, type Facts, isOutputOnly, shapeOf } from "../facts/fact";
import { remedyForUnknown } from "../../config/nearest";
import type { Failure } from "./package";
import { formatPath, type PropertyPath, valueAt } from "./property-path";
import { isAbsent, isProperties, isUnknown, type Properties, show, type Value } from "./values";

/** Everything in `inputs` that the facts do not allow. Unknown values are allowed anywhere. */
export function checkSchema(facts: Facts, inputs: Properties): Failure[] {
  return new SchemaCheck(inputs).run(facts);
}

class SchemaCheck {
  private readonly failures: Failure[] = [];

  constructor(private readonly root: Properties) {}

  run(facts: Facts): Failure[] {
    this.object(facts, this.root, []);
    return this.failures;
  }

  private fail(path: PropertyPath, reason: string): void {
    this.failures.push({ property: formatPath(path), reason });
  }

  private object(facts: Facts, values: Properties, path: PropertyPath): void {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined && value !== null) this.property(facts, name, value, [...path, name]);
    }
    for (const [name, fact] of Object.entries(facts)) {
      this.required(fact, values[name], [...path, name]);
      this.exclusions(fact, values[name], [...path, name]);
    }
  }

  private property(facts: Facts, name: string, value: Value, path: PropertyPath): void {
    const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
    if (fact === undefined) {
      const remedy = remedyForUnknown(name, Object.keys(facts));
      this.fail(path, `unknown property (value ${show(value)}); ${remedy}`);
    } else if (isOutputOnly(fact)) {
      this.fail(path, `${show(value)} cannot be set: the provider computes this property; remove it`);
    } else if (!isUnknown(value)) {
      this.value(fact, value, path);
    }
  }

  private required(fact: Fact, value: Value | undefined, path: PropertyPath): void {
    if (fact.required !== true) return;
    const missing =
      fact.type === "list" || fact.type === "set" ? isAbsent(value) : value === undefined || value === null;
    if (missing) this.fail(path, `missing required property; set it to ${typeName(fact)}`);
  }

  private value(fact: Fact, value: Value, path: PropertyPath): void {
    switch (shapeOf(fact)) {
      case "any":
        return;
      case "scalar":
        if (!isScalarOf(fact, value)) this.wrongType(fact, value, path);
        return;
      case "object":
        if (!isProperties(value)) this.wrongType(fact, value, path);
        else if (fact.elem !== undefined) this.object(fact.elem, value, path);
        return;
      case "map":
        if (!isProperties(value)) this.wrongType(fact, value, path);
        else this.map(value, path);
        return;
      case "list":
      case "set":
        if (!Array.isArray(value)) this.wrongType(fact, value, path);
        else this.elements(fact, value, path);
    }
  }

  private map(values: Properties, path: PropertyPath): void {
    for (const [key, value] of Object.entries(values)) {
      if (isProperties(value) || Array.isArray(value)) {
        this.fail([...path, key], `${show(value)} is not a string; values of a map are strings`);
      }
    }
  }

  private elements(fact: Fact, values: readonly Value[], path: PropertyPath): void {
    const { minItems = 0, maxItems = Infinity } = fact;
    if (values.length < minItems && values.length > 0) {
      this.fail(path, `has ${values.length} elements; give at least ${minItems}`);
    }
    if (values.length > maxItems) this.fail(path, `has ${values.length} elements; give at most ${maxItems}`);
    values.forEach((value, index) => {
      if (!isUnknown(value)) this.element(fact, value, [...path, index]);
    });
  }

  private element(fact: Fact, value: Value, path: PropertyPath): void {
    if (fact.elem === undefined) {
      if (!isPlainScalar(value)) this.fail(path, `${show(value)} must be a plain value, not an object or a list`);
    } else if (isProperties(value)) this.object(fact.elem, value, path);
    else this.fail(path, `${show(value)} must be an object with ${Object.keys(fact.elem).slice(0, 5).join(", ")}...`);
  }

  private wrongType(fact: Fact, value: Value, path: PropertyPath): void {
    this.fail(path, `${show(value)} has the wrong type; set it to ${typeName(fact)}`);
  }

  /** Terraform leaves unknown values out of `conflictsWith`, and for `exactlyOneOf` lets them stand for the one. */
  private exclusions(fact: Fact, value: Value | undefined, path: PropertyPath): void {
    if (fact.conflictsWith !== undefined && !isAbsent(value) && !isUnknown(value)) {
      for (const other of fact.conflictsWith) {
        const found = valueAt(this.root, other.split("."));
        if (isAbsent(found) || isUnknown(found)) continue;
        this.fail(path, `${show(value)} conflicts with ${other} (${show(found)}); remove one of the two`);
      }
    }
    if (fact.exactlyOneOf !== undefined) this.exactlyOne(fact.exactlyOneOf, path);
  }

  private exactlyOne(paths: readonly string[], path: PropertyPath): void {
    const present = paths.filter((other) => !isAbsent(valueAt(this.root, other.split("."))));
    const known = present.filter((other) => !isUnknown(valueAt(this.root, other.split("."))));
    if (present.length > 0 && known.length <= 1) return;
    // Each property of the group comes by here; one of them reports for all.
    if (paths.find((other) => present.length === 0 || present.includes(other)) !== path.join(".")) return;
    const found = present.length === 0 ? "none is set" : `${present.join(" and ")} are set`;
    this.fail(path, `exactly one of ${paths.join(", ")} must be set, but ${found}`);
  }
}

function isPlainScalar(value: Value): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isScalarOf(fact: Fact, value: Value): boolean {
  switch (fact.type) {
    case "string":
      return typeof value === "string";
    case "bool":
      return typeof value === "boolean";
    case "int":
      return Number.isInteger(value);
    case "float":
      return typeof value === "number";
    case "intOrString":
      return typeof value === "string" || Number.isInteger(value);
    case "list":
    case "set":
    case "map":
    case "object":
    case "any":
      return isPlainScalar(value);
  }
}

const TYPE_NAMES: Readonly<Record<Fact["type"], string>> = {
  string: "a string",
  bool: "a boolean",
  int: "a whole number",
  float: "a number",
  intOrString: "a number or string",
  list: "a list",
  set: "a list",
  map: "a map",
  object: "an object",
  any: "any value",
};

function typeName(fact: Fact): string {
  const shape = shapeOf(fact);
  if (shape === "object") return TYPE_NAMES.object;
  return shape === "scalar" && (fact.type === "list" || fact.type === "set")
    ? TYPE_NAMES.string
    : TYPE_NAMES[fact.type];
}

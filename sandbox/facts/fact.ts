/**
 * What a provider knows about one property. The words are those of Terraform's schema, from which the official Google
 * Cloud provider is bridged; for Kubernetes they say the same about the API's fields.
 */
export interface Fact {
  /**
   * The value's type. A `list` or `set` with `maxItems` 1 is a single value in Pulumi: an object if it has `elem`,
   * otherwise a scalar. `object`, `any` and `intOrString` occur in Kubernetes only.
   */
  readonly type: "string" | "bool" | "int" | "float" | "list" | "set" | "map" | "object" | "any" | "intOrString";
  readonly required?: boolean;
  readonly optional?: boolean;
  /** The provider fills it in: always if it is not also optional or required, otherwise where it is not given. */
  readonly computed?: boolean;
  /** A change replaces the resource. */
  readonly forceNew?: boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Dotted paths from the resource that must not be given together with this property. */
  readonly conflictsWith?: readonly string[];
  /** Dotted paths from the resource, this property's among them, of which exactly one must be given. */
  readonly exactlyOneOf?: readonly string[];
  readonly sensitive?: boolean;
  /** The properties of the object, or of each element of the list or set. */
  readonly elem?: Facts;
}

/** Facts by property name, in Pulumi's spelling. */
export type Facts = Readonly<Record<string, Fact>>;

/** How a property's value is shaped in a Pulumi program. */
export type Shape = "scalar" | "object" | "list" | "set" | "map" | "any";

export function shapeOf(fact: Fact): Shape {
  switch (fact.type) {
    case "list":
    case "set":
      if (fact.maxItems !== 1) return fact.type;
      return fact.elem === undefined ? "scalar" : "object";
    case "object":
    case "map":
    case "any":
      return fact.type;
    case "string":
    case "bool":
    case "int":
    case "float":
    case "intOrString":
      return "scalar";
  }
}

/** Only the provider sets it: a program must not. */
export function isOutputOnly(fact: Fact): boolean {
  return fact.computed === true && fact.optional !== true && fact.required !== true;
}

/** Values that a JSON schema of the document allows, and values that are nearly so. */
import fc from "fast-check";
import { resolved } from "../support/document";
import { hostileJson } from "./hostile";

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * What a name may stand for in the service that is asked, beside what its schema allows: texts with placeholders such as
 * `{{user:3}}`, which are filled in when the request is sent.
 */
export type Meanings = Readonly<Record<string, fc.Arbitrary<string>>>;

/** A valid value of a schema; `name` is that of the parameter or member that it is for. */
export function validValue(schema: JsonSchema, name: string, meanings: Meanings): fc.Arbitrary<unknown> {
  const full = resolved(schema);
  const meaning = meanings[name];
  if (full.type === "string" && full.enum === undefined && meaning !== undefined) {
    return fc.oneof({ weight: 5, arbitrary: meaning }, { weight: 1, arbitrary: ofType(full, name, meanings) });
  }
  return ofType(full, name, meanings);
}

function ofType(schema: JsonSchema, name: string, meanings: Meanings): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  switch (schema.type) {
    case "string":
      return text(schema);
    case "integer":
      return fc.integer({ min: least(schema, 1), max: (schema.maximum as number | undefined) ?? 1_000_000 });
    case "number":
      return fc.double({ min: least(schema, 0.01), max: (schema.maximum as number | undefined) ?? 1e6, noNaN: true });
    case "boolean":
      return fc.boolean();
    case "array":
      return list(schema, name, meanings);
    case "object":
      return record(schema, meanings);
    default:
      throw new Error(`no values are known for ${JSON.stringify(schema)}`);
  }
}

/** The least number, and `step` above one that is excluded. */
function least({ minimum, exclusiveMinimum }: JsonSchema, step: number): number {
  return (minimum as number | undefined) ?? ((exclusiveMinimum as number | undefined) ?? 0) + step;
}

function text({ format, pattern, minLength = 0, maxLength = 50 }: JsonSchema): fc.Arbitrary<string> {
  if (format === "uuid") return fc.uuid();
  if (typeof pattern === "string") return fc.stringMatching(new RegExp(pattern), { maxLength: 100 });
  return fc.string({ minLength: minLength as number, maxLength: Math.min(maxLength as number, 60) });
}

function list({ items, minItems = 0 }: JsonSchema, name: string, meanings: Meanings): fc.Arbitrary<unknown[]> {
  return fc.array(validValue(items as JsonSchema, name, meanings), { minLength: minItems as number, maxLength: 4 });
}

function record({ properties = {}, required = [] }: JsonSchema, meanings: Meanings): fc.Arbitrary<object> {
  const members = Object.entries(properties as Record<string, JsonSchema>).map(
    ([name, schema]) => [name, validValue(schema, name, meanings)] as const,
  );
  return fc.record(Object.fromEntries(members), { requiredKeys: required as never[] });
}

/** A valid object with one thing wrong: a member that is missing, of another type, or not known. */
export function nearlyValid(valid: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc
    .tuple(valid, fc.nat(), fc.constantFrom("without", "changed", "beside"), hostileJson, hostileJson)
    .map(([value, choice, how, hostile, name]) => {
      const entries = Object.entries(value);
      const index = entries.length === 0 ? 0 : choice % entries.length;
      if (how === "without") return Object.fromEntries(entries.filter((_, at) => at !== index));
      if (how === "beside") return { ...value, [String(name)]: hostile };
      return Object.fromEntries(entries.map((entry, at) => (at === index ? [entry[0], hostile] : entry)));
    });
}

/**
 * A draft: configuration as far as it could be read, with {@link INVALID} in the place of every value that is missing or
 * has no valid shape. Rules run on a draft, so one mistake does not hide another, and a rule cannot mistake "written, but
 * wrong" for "left out, so the default holds": the compiler makes it ask.
 */
import { z } from "zod";

/** Stands for a value that is required and missing, or written and wrong. The schema reports it; rules stay silent. */
export const INVALID = Symbol("invalid");
export type Invalid = typeof INVALID;

/**
 * `T` with doubt at every value. An object always has its fields, each INVALID when the object itself is; a list or a map
 * may be INVALID as a whole or have INVALID entries. Defaults are filled in; `undefined` is an optional value left out.
 */
export type Draft<T> = T extends readonly (infer E)[]
  ? readonly Draft<E>[] | Invalid
  : T extends object
    ? string extends keyof T
      ? Readonly<Record<string, Draft<T[keyof T]> | Invalid>> | Invalid
      : { readonly [K in keyof T]: Draft<T[K]> }
    : T | Invalid;

/** Whether a value of a draft could be read. */
export function isValid<T>(value: T): value is Exclude<T, Invalid> {
  return value !== INVALID;
}

/** The entries of a map or list that could be read; none when the whole could not. */
export function validEntries<T>(map: Readonly<Record<string, T>> | Invalid): [string, Exclude<T, Invalid>][] {
  return isValid(map)
    ? Object.entries(map).filter((entry): entry is [string, Exclude<T, Invalid>] => isValid(entry[1]))
    : [];
}

/** Reads `value` by `schema` as far as possible. Never throws. */
export function draftOf<S extends z.ZodType>(schema: S, value: unknown): Draft<z.output<S>> {
  return read(schema, value) as Draft<z.output<S>>;
}

function read(schema: z.core.$ZodType, value: unknown): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return readObject(inner, value);
  if (value === undefined || value === INVALID) return readWhole(schema, value);
  if (inner instanceof z.ZodArray) return readList(inner, value);
  if (inner instanceof z.ZodRecord) return readMap(inner, value);
  return readWhole(schema, value);
}

function readWhole(schema: z.core.$ZodType, value: unknown): unknown {
  const parsed = z.safeParse(schema, value);
  return parsed.success ? parsed.data : INVALID;
}

function readObject(schema: z.ZodObject, value: unknown): unknown {
  const fields = Object.entries<z.core.$ZodType>(schema.shape);
  if (!isMap(value)) return Object.fromEntries(fields.map(([key, field]) => [key, read(field, INVALID)]));
  // An unknown key may be one of the absent fields misspelt, so none of those can be taken for left out.
  const misspelt = Object.keys(value).some((key) => !Object.hasOwn(schema.shape, key));
  const absent = misspelt ? INVALID : undefined;
  return Object.fromEntries(
    fields.map(([key, field]) => [key, read(field, Object.hasOwn(value, key) ? value[key] : absent)]),
  );
}

function readList(schema: z.ZodArray<z.core.$ZodType>, value: unknown): unknown {
  const itself = z.safeParse(schema, value).error?.issues.some((issue) => issue.path.length === 0);
  return Array.isArray(value) && itself !== true ? value.map((entry) => read(schema.element, entry)) : INVALID;
}

function readMap({ keyType, valueType }: z.ZodRecord<z.core.$ZodRecordKey>, value: unknown): unknown {
  if (!isMap(value)) return INVALID;
  const readable = (key: string, entry: unknown) =>
    z.safeParse(keyType, key).success && (isMap(entry) || !(unwrap(valueType) instanceof z.ZodObject));
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, readable(key, entry) ? read(valueType, entry) : INVALID]),
  );
}

/** The schema below optional and default. */
export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? unwrap(schema.unwrap()) : schema;
}

/** Whether a value is a map as YAML and JSON have it: an object that is no list. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

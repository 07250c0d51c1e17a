/** Property values as the provider's logic sees them: plain JSON, plus {@link UNKNOWN}; secrets are unwrapped. */
export type Value = null | boolean | number | string | Unknown | Value[] | Properties;
export interface Properties {
  [key: string]: Value | undefined;
}

/** The class of {@link UNKNOWN}; it has one instance. */
export class Unknown {
  readonly unknown = true;
  toString(): string {
    return "(known after apply)";
  }
}

/** A value that a preview cannot tell yet. */
export const UNKNOWN: Unknown = Object.freeze(new Unknown());

export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

export function isProperties(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isUnknown(value);
}

/** Absent for a provider: not given, null, or an empty list. */
export function isAbsent(value: Value | undefined): value is undefined | null {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

export function containsUnknown(value: Value | undefined): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isProperties(value) && Object.values(value).some(containsUnknown);
}

/** Deep equality; an unknown equals nothing, not even another unknown, and an absent key equals a missing one. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (isUnknown(a) || isUnknown(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (isProperties(a) && isProperties(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => equal(a[key], b[key]));
  }
  return a === b || (isAbsent(a) && isAbsent(b));
}

/** A copy of `value` in which every leaf is {@link UNKNOWN}; objects keep their keys, lists become unknown as a whole. */
export function toUnknown(value: Value | undefined): Value {
  if (!isProperties(value) || Object.keys(value).length === 0) return UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toUnknown(item)]));
}

/**
 * `over` on top of `base`: objects merge key by key, lists of the same length element by element; everything else in
 * `over` wins. Absent values of `over` leave what `base` has.
 */
export function merge(base: Value | undefined, over: Value | undefined): Value | undefined {
  if (isAbsent(over)) return base ?? over;
  if (isProperties(base) && isProperties(over)) return mergeProperties(base, over);
  if (Array.isArray(base) && Array.isArray(over) && base.length === over.length) {
    return over.map((item, index) => merge(base[index], item) ?? null);
  }
  return over;
}

/** {@link merge} for whole property bags. */
export function mergeProperties(base: Properties, over: Properties): Properties {
  const merged: Properties = { ...base };
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key], value);
  return merged;
}

/** The value for a message: JSON, shortened to 80 characters. */
export function show(value: Value | undefined): string {
  const text = isUnknown(value) ? String(value) : (JSON.stringify(value) ?? "nothing");
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A string property, or "" where it is absent, unknown or of another type. */
export function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

/** An object property, or {} where it is absent or unknown. */
export function object(value: Value | undefined): Properties {
  return isProperties(value) ? value : {};
}

/** A list property, or [] where it is absent or unknown. */
export function list(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

/** A copy of `values` without one key. */
export function without(values: Properties, key: string): Properties {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name !== key));
}

/** The text of a scalar; "" of anything else. */
export function scalarText(value: Value | undefined): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/**
 * Reading the properties of a resource. In a preview some are not known yet; the policy SDK then throws on access. Here
 * they become {@link UNKNOWN}, so that a rule judges what is known and leaves the rest to the run that knows it.
 */

/** A value that only the update will know. */
export const UNKNOWN: unique symbol = Symbol("unknown in this preview");

/** A resource's properties: plain data in which {@link UNKNOWN} may stand anywhere. */
export type Properties = Readonly<Record<string, unknown>>;

/** A plain copy of properties as the policy SDK hands them out. */
export function plainProperties(properties: object): Properties {
  return plain(properties) as Properties;
}

function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value);
  if (Array.isArray(value)) return keys.map((key) => plain(read(value, key)));
  return Object.fromEntries(keys.map((key) => [key, plain(read(value, key))]));
}

/** The data has no getters of its own: what throws is the SDK's guard of an unknown value. */
function read(container: object, key: string): unknown {
  try {
    return (container as Record<string, unknown>)[key];
  } catch {
    return UNKNOWN;
  }
}

/**
 * The value at a dotted path such as `settings.ipConfiguration.sslMode`: undefined where there is nothing, and
 * {@link UNKNOWN} where it, or anything that contains it, is unknown.
 */
export function at(properties: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => {
    if (value === UNKNOWN) return UNKNOWN;
    return isMap(value) ? value[key] : undefined;
  }, properties);
}

/** Whether the value is known and equal. */
export function is(value: unknown, expected: string | number | boolean): boolean {
  return value === expected;
}

/** Whether the value is known, and is something else or nothing. */
export function isNot(value: unknown, expected: string | number | boolean): boolean {
  return value !== UNKNOWN && value !== expected;
}

/** Whether there is known to be nothing: absent, null, empty text or an empty list. */
export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** The elements of a list, unknown ones among them; none when there is no list or the list itself is unknown. */
export function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** The texts in a list, without what is unknown. */
export function texts(value: unknown): readonly string[] {
  return elements(value).filter((element) => typeof element === "string");
}

/** The value when it is text, else undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The entries of a map, none when it is not one or unknown. */
export function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return isMap(value) ? Object.entries(value) : [];
}

/** How a message shows a value: JSON, shortened; `nothing` when there is none. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (value === UNKNOWN) return "a value not known yet";
  const shown = JSON.stringify(value, (_key, inner: unknown) => (inner === UNKNOWN ? "(not known yet)" : inner));
  return shown.length > 80 ? `${shown.slice(0, 77)}...` : shown;
}

export function isMap(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Filters of Compute Engine's lists, as far as they compare for equality: `(labels.x = "y") AND (status != "RUNNING")`. Pure. */

const CONDITION = /^\(?\s*([\w.-]+)\s*(=|!=)\s*(?:"([^"]*)"|([\w.:/-]+))\s*\)?$/;

/** Whether an item passes. */
export type Filter = (item: object) => boolean;

/** Reads a filter; an empty one lets everything pass. Throws a SyntaxError for what is not emulated. */
export function parseFilter(filter: string): Filter {
  if (filter.trim() === "") return () => true;
  const conditions = filter.split(/\s+AND\s+/).map(parseCondition);
  return (item) => conditions.every((condition) => condition(item));
}

function parseCondition(condition: string): Filter {
  const [, path, operator, quoted, plain] = CONDITION.exec(condition.trim()) ?? [];
  const balanced = condition.trim().startsWith("(") === condition.trim().endsWith(")");
  if (path === undefined || !balanced)
    throw new SyntaxError(
      `Invalid value for field 'filter': '${condition}', or one that the local cloud does not emulate`,
    );
  const expected = quoted ?? plain ?? "";
  return (item) => (valueAt(item, path) === expected) === (operator === "=");
}

/** The text at a path of fields; labels' names may hold hyphens, but no dots. */
function valueAt(item: object, path: string): string {
  let value: unknown = item;
  for (const field of path.split(".")) {
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[field] : undefined;
  }
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

import { isProperties, type Properties, type Value } from "./values";

/** Where a property is: keys of objects and indices of lists, outermost first. */
export type PropertyPath = readonly (string | number)[];

/** The path in Pulumi's notation: `disks[0].labels["a.b"]`. */
export function formatPath(path: PropertyPath): string {
  let formatted = "";
  for (const step of path) {
    if (typeof step === "number") formatted += `[${step}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) formatted += formatted === "" ? step : `.${step}`;
    else formatted += `[${JSON.stringify(step)}]`;
  }
  return formatted;
}

/** The value at `path`, or undefined where the way there is blocked. */
export function valueAt(root: Value | undefined, path: PropertyPath): Value | undefined {
  let value = root;
  for (const step of path) {
    if (typeof step === "number") value = Array.isArray(value) ? value[step] : undefined;
    else value = isProperties(value) ? value[step] : undefined;
  }
  return value;
}

/**
 * All values that `pattern` reaches: steps are separated by dots, and `[]` after a step means every element of that
 * list (`disks[].source`).
 */
export function valuesAt(root: Properties, pattern: string): Value[] {
  let values: Value[] = [root];
  for (const step of pattern.split(".")) {
    const every = step.endsWith("[]");
    const key = every ? step.slice(0, -2) : step;
    values = values
      .flatMap((value) => (isProperties(value) ? [value[key]] : []))
      .flatMap((value) => (every && Array.isArray(value) ? value : [value]))
      .filter((value): value is Value => value !== undefined && value !== null);
  }
  return values;
}

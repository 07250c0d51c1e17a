import type { Fact, Facts } from "./fact";

/**
 * A provider's own rules about one property, as read off its schema: like {@link Fact}, but other properties are
 * named by Terraform's snake_case paths with indices (`boot_disk.0.source`).
 */
export interface ProviderRule extends Omit<Fact, "elem"> {
  readonly elem?: ProviderRules;
  readonly deprecated?: string;
}
export type ProviderRules = Readonly<Record<string, ProviderRule>>;

/** Facts from a provider's rules about one resource type: paths in Pulumi's spelling, no deprecation texts. */
export function factsFromRules(rules: ProviderRules): Facts {
  return convert(rules, rules);
}

function convert(rules: ProviderRules, root: ProviderRules): Facts {
  const names = Object.keys(rules).sort();
  return Object.fromEntries(names.map((name) => [name, convertRule(rules[name]!, root)]));
}

function convertRule(rule: ProviderRule, root: ProviderRules): Fact {
  const { elem, conflictsWith, exactlyOneOf, ...rest } = rule;
  const kept: Omit<ProviderRule, "elem"> = { ...rest };
  delete (kept as { deprecated?: string }).deprecated;
  return {
    ...kept,
    ...(conflictsWith === undefined ? {} : { conflictsWith: pulumiPaths(conflictsWith, root) }),
    ...(exactlyOneOf === undefined ? {} : { exactlyOneOf: pulumiPaths(exactlyOneOf, root) }),
    ...(elem === undefined ? {} : { elem: convert(elem, root) }),
  };
}

function pulumiPaths(paths: readonly string[], root: ProviderRules): string[] {
  return paths.map((path) => pulumiPath(path, root)).sort();
}

/** `boot_disk.0.source` -> `bootDisk.source`; Pulumi also turns the names of lists into plurals (`allow` -> `allows`). */
export function pulumiPath(path: string, root: ProviderRules): string {
  let rules: ProviderRules | undefined = root;
  const steps = path.split(".").filter((step) => !/^\d+$/.test(step));
  const names = steps.map((step) => {
    const camel = step.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    const candidates = [camel, `${camel}s`, `${camel}es`, camel.replace(/y$/, "ies")];
    const name = candidates.find((candidate) => rules?.[candidate] !== undefined);
    if (name === undefined) throw new Error(`no property matches ${step} of ${path}; tried ${candidates.join(", ")}`);
    rules = rules?.[name]?.elem;
    return name;
  });
  return names.join(".");
}

/** The text of a fact file: one line per top-level property, keys sorted, so that a change of facts reads well. */
export function formatFacts(facts: Facts): string {
  const lines = Object.keys(facts).map((name) => `${JSON.stringify(name)}: ${JSON.stringify(facts[name], sortKeys)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The table of the policy pack's rules, as Markdown. Pure: the rules' metadata says it all. */
import type { Rule } from "../policy/support/rule";
import { table } from "./generated-section";

/** One row per rule, in the pack's order. */
export function renderPolicies(rules: readonly Rule[]): string {
  const rows = rules.map(({ name, severity, description, remedy }) => [
    `[\`${name}\`](../policy/rules/${name}.ts)`,
    severity,
    sentence(description),
    sentence(remedy),
  ]);
  return table(["Rule", "Severity", "What must hold", "Remedy"], rows);
}

function sentence(text: string): string {
  const capitalized = text.charAt(0).toUpperCase() + text.slice(1);
  return escapePlaceholders(capitalized.endsWith(".") ? capitalized : `${capitalized}.`);
}

/** Markdown takes `<name>` for HTML and shows nothing. */
function escapePlaceholders(text: string): string {
  return text.replaceAll("<", "&lt;");
}

/**
 * The rules that join several values. They run on a draft, so a mistake in one place does not hide one in another, and a
 * value that is wrong in itself gets no second message from a rule that needs it.
 */
import type { Problem } from "./problems";
import { clusterRules } from "./rules/clusters";
import { domainRules } from "./rules/domain";
import { placementRules } from "./rules/placement";
import { rangesDoNotOverlap } from "./rules/ranges";
import { resolutionRules } from "./rules/resolution";
import type { Context, Rule } from "./rules/rule";

const RULES: readonly Rule[] = [
  ...domainRules,
  clusterRules,
  ...placementRules,
  ...resolutionRules,
  rangesDoNotOverlap,
];

/** Every broken rule. */
export function brokenRules(context: Context): Problem[] {
  return RULES.flatMap((rule) => rule(context));
}

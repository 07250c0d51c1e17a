/** The command that carries on where a run stopped. */
import { SHARED } from "../config/names";
import type { Report } from "../preview/report";

/**
 * `clusters up prod hackers --cloud records`: the stacks that are not done yet, with the options that the run was given;
 * undefined when everything is done. What is done need not be repeated, though repeating it would change nothing.
 */
export function resumeCommand(
  { operation, environment, stacks }: Report,
  options: readonly string[],
): string | undefined {
  const open = stacks.filter(({ outcome }) => outcome !== "succeeded").map(({ domain }) => domain);
  if (open.length === 0) return undefined;
  // Named one by one, whatever the first run's selection was: it stays right when the configuration changes in between.
  const names = [...open.filter((domain) => domain !== SHARED), ...open.filter((domain) => domain === SHARED)];
  const withoutShared = open.includes(SHARED) || operation === "destroy" ? [] : ["--no-shared"];
  return ["clusters", operation, environment, ...names, ...withoutShared, ...options].join(" ");
}

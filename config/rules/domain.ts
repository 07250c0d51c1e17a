/** Rules about the environment's name and its domain. */
import { isValid } from "../draft";
import { PARENT_LABELS } from "../names";
import { NAME_PATTERN } from "../schema";
import type { Rule } from "./rule";

const environmentNameIsUsable: Rule = ({ environment }) => {
  if (NAME_PATTERN.test(environment)) return [];
  const message = `the environment's name "${environment}" is not lower-case letters, digits and hyphens; rename the file`;
  return [{ path: "", message }];
};

const zoneLiesInParent: Rule = ({ draft }) => {
  const { zone, parentZone } = draft.domain;
  if (!isValid(zone) || !isValid(parentZone)) return [];
  const suffix = `.${parentZone}`;
  if (!zone.endsWith(suffix)) {
    return [{ path: "domain.zone", message: `${zone} does not lie in the parent zone ${parentZone}` }];
  }
  const label = zone.slice(0, -suffix.length).split(".").at(-1);
  if (!PARENT_LABELS.some((taken) => taken === label)) return [];
  const message = `${label}.${parentZone} is taken by this project's own records; choose another label`;
  return [{ path: "domain.zone", message }];
};

/** A tombstone has to outlive every cached answer, hence the TTL. */
const graceCoversTtl: Rule = ({ draft }) => {
  const { ttl, grace } = draft.domain;
  if (!isValid(ttl) || !isValid(grace) || grace >= ttl) return [];
  return [
    { path: "domain.grace", message: `${grace} is below ttl ${ttl}; a tombstone must outlive every cached answer` },
  ];
};

export const domainRules: readonly Rule[] = [environmentNameIsUsable, zoneLiesInParent, graceCoversTtl];

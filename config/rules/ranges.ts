/** The rule that joins every IPv4 range of an environment. */
import { overlaps, parseCidr, type Cidr } from "../cidr";
import { isValid, validEntries, type Invalid } from "../draft";
import type { EnvironmentDraft, Rule } from "./rule";

interface Range {
  readonly path: string;
  readonly cidr: string;
  readonly parsed: Cidr;
}

function rangesOf({ clusters, resolution }: EnvironmentDraft): Range[] {
  return [
    ...validEntries(clusters).flatMap(([name, { cidr }]) => rangeAt(`clusters.${name}.cidr`, cidr)),
    ...validEntries(resolution.regions).flatMap(([region, { cidr }]) =>
      rangeAt(`resolution.regions.${region}.cidr`, cidr),
    ),
    ...rangeAt("resolution.database.cidr", resolution.database.cidr),
  ];
}

function rangeAt(path: string, cidr: string | Invalid): Range[] {
  return isValid(cidr) ? [{ path, cidr, parsed: parseCidr(cidr) }] : [];
}

/** Clusters share no network today; ranges that overlap would rule out ever joining two, or reaching both from a third. */
export const rangesDoNotOverlap: Rule = ({ draft }) => {
  const ranges = rangesOf(draft);
  return ranges.flatMap((range, index) =>
    ranges
      .slice(0, index)
      .filter((earlier) => overlaps(earlier.parsed, range.parsed))
      .map((earlier) => ({ path: range.path, message: `${range.cidr} overlaps ${earlier.cidr} of ${earlier.path}` })),
  );
};

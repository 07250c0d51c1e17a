import { MANAGED_GROUP } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { at, elements, show, UNKNOWN } from "../support/values";

/** One of three zones, rounded up. A group that can lose a zone can lose as much to an update. */
const MOST_PERCENT = 34;
/** The zones Google spreads over when a group names none. */
const DEFAULT_ZONES = 3;

export const boundedUnavailability: ResourceRule = {
  name: "bounded-unavailability",
  description: "An update of a group takes away at most one machine per zone, or a third of them, at a time.",
  severity: "high",
  remedy: `set updatePolicy.maxUnavailableFixed to at most the number of zones, or maxUnavailablePercent to at most ${MOST_PERCENT}`,
  appliesTo: ofTypes(MANAGED_GROUP),
  check: ({ properties }) => {
    const fixed = at(properties, "updatePolicy.maxUnavailableFixed");
    const percent = at(properties, "updatePolicy.maxUnavailablePercent");
    if (fixed === UNKNOWN || percent === UNKNOWN) return [];
    const zones = elements(properties.distributionPolicyZones).length || DEFAULT_ZONES;
    if (fixed === undefined && percent === undefined) return ["updatePolicy says nothing of unavailable machines"];
    return [
      ...(exceeds(fixed, zones)
        ? [`updatePolicy.maxUnavailableFixed is ${show(fixed)}, above the ${zones} zones`]
        : []),
      ...(exceeds(percent, MOST_PERCENT)
        ? [`updatePolicy.maxUnavailablePercent is ${show(percent)}, above ${MOST_PERCENT}`]
        : []),
    ];
  },
};

function exceeds(value: unknown, limit: number): boolean {
  return value !== undefined && Number(value) > limit;
}

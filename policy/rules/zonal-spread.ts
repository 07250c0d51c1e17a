import { MANAGED_GROUP } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { elements, show, UNKNOWN } from "../support/values";

const FEWEST_ZONES = 2;
/** Shapes that keep machines spread as long as capacity allows. */
const SPREADING_SHAPES = [undefined, UNKNOWN, "EVEN", "BALANCED"];

export const zonalSpread: ResourceRule = {
  name: "zonal-spread",
  description: "A group of machines spreads over two zones or more, so that a zone's outage leaves it standing.",
  severity: "high",
  remedy: "name at least two zones of the cluster in distributionPolicyZones, with the target shape EVEN or BALANCED",
  appliesTo: ofTypes(MANAGED_GROUP),
  check: ({ properties }) => {
    const zones = properties.distributionPolicyZones;
    const shape = properties.distributionPolicyTargetShape;
    // Zones that are not known yet may be any, so each counts.
    const tooFew = zones !== UNKNOWN && new Set(elements(zones)).size < FEWEST_ZONES;
    return [
      ...(tooFew && !elements(zones).includes(UNKNOWN) ? [`distributionPolicyZones is ${show(zones)}`] : []),
      ...(SPREADING_SHAPES.includes(shape as string | undefined)
        ? []
        : [`distributionPolicyTargetShape is ${show(shape)}`]),
    ];
  },
};

/** Rules about the resolution service. */
import { isValid, validEntries } from "../draft";
import { isProduction, tooLongSharedNames } from "../names";
import { eachOnce, excessOf, minWithinMax, type Rule } from "./rule";

const sizesAreRanges: Rule = ({ draft: { resolution } }) => [
  ...minWithinMax(resolution.nodes, "resolution.nodes"),
  ...minWithinMax(resolution.api, "resolution.api"),
];

const regionsSurviveAnOutage: Rule = ({ environment, draft: { resolution } }) => {
  if (!isValid(resolution.regions)) return [];
  const count = Object.keys(resolution.regions).length;
  const needed = isProduction(environment) ? 2 : 1;
  if (count >= needed) return [];
  const reason = needed === 1 ? "" : ", so that a region's outage leaves a name server";
  return [{ path: "resolution.regions", message: `${count} given, ${environment} needs at least ${needed}${reason}` }];
};

const databaseRegionIsServed: Rule = ({ draft: { resolution } }) => {
  const { region } = resolution.database;
  if (!isValid(region) || !isValid(resolution.regions)) return [];
  const served = Object.keys(resolution.regions);
  if (served.length === 0 || served.includes(region)) return [];
  const message = `${region} is none of resolution.regions: ${served.join(", ")}`;
  return [{ path: "resolution.database.region", message }];
};

const callersAreListedOnce: Rule = ({ draft: { resolution } }) =>
  (["operators", "platform", "resolvers"] as const).flatMap((role) =>
    eachOnce(resolution.callers[role], `resolution.callers.${role}`),
  );

const generatedNamesFit: Rule = ({ environment, draft: { resolution } }) => {
  const regions = validEntries(resolution.regions).map(([region]) => region);
  const [worst] = tooLongSharedNames(environment, regions);
  if (worst === undefined) return [];
  return [{ path: "", message: excessOf(worst) }];
};

export const resolutionRules: readonly Rule[] = [
  generatedNamesFit,
  sizesAreRanges,
  regionsSurviveAnOutage,
  databaseRegionIsServed,
  callersAreListedOnce,
];

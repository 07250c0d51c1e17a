/** Rules about each cluster by itself, and about what it refers to elsewhere in the environment. */
import { INVALID, isValid, validEntries } from "../draft";
import { didYouMean } from "../nearest";
import { OWNERSHIP_LABELS, SHARED, tooLongNames } from "../names";
import type { Problem } from "../problems";
import { eachEntry, eachOnce, excessOf, minWithinMax, type ClusterDraft, type Context, type Rule } from "./rule";

interface Entry {
  readonly name: string;
  readonly cluster: ClusterDraft;
  /** Of the cluster's entry. */
  readonly path: string;
  readonly context: Context;
}

type ClusterRule = (entry: Entry) => Problem[];

const nameIsNotTaken: ClusterRule = ({ name, path }) =>
  name === SHARED ? [{ path, message: `"${SHARED}" stands for the shared stack; choose another name` }] : [];

const generatedNamesFit: ClusterRule = ({ name, cluster, path, context }) => {
  const tiers = validEntries(cluster.containerVms).map(([tier]) => tier);
  const [worst] = tooLongNames(context.environment, name, tiers);
  if (worst === undefined) return [];
  return [{ path, message: excessOf(worst) }];
};

const zonesLieInRegion: ClusterRule = ({ cluster: { region, zones }, path }) =>
  eachEntry(zones, `${path}.zones`, (zone) =>
    isValid(region) && !zone.startsWith(`${region}-`) ? `${zone} does not lie in ${region}` : undefined,
  );

const listsNameEachOnce: ClusterRule = ({ cluster: { zones, plans }, path }) => [
  ...eachOnce(zones, `${path}.zones`),
  ...eachOnce(plans, `${path}.plans`),
];

const plansOrRole: ClusterRule = ({ cluster: { plans, role }, path }) => {
  if (plans === INVALID || role === INVALID || (plans === undefined) !== (role === undefined)) return [];
  const found = plans === undefined ? "has neither plans nor role" : "has both plans and role";
  return [{ path, message: `${found}; give plans whose users are placed here, or role: reserve` }];
};

const plansExist: ClusterRule = ({ cluster, path, context }) => {
  const known = context.draft.placement.plans;
  if (!isValid(known) || !known.every(isValid)) return [];
  return eachEntry(cluster.plans, `${path}.plans`, (plan) =>
    known.includes(plan) ? undefined : `${plan} is not in placement.plans${didYouMean(plan, known)}`,
  );
};

const tiersExist: ClusterRule = ({ cluster: { containerVms }, path, context }) => {
  if (!isValid(containerVms)) return [];
  if (Object.keys(containerVms).length === 0) {
    return [{ path: `${path}.containerVms`, message: "names no machine tier; a cluster needs at least one" }];
  }
  const { machineTiers } = context.draft;
  if (!isValid(machineTiers)) return [];
  const known = Object.keys(machineTiers);
  return validEntries(containerVms)
    .filter(([tier]) => !known.includes(tier))
    .map(([tier]) => ({
      path: `${path}.containerVms.${tier}`,
      message: `is not in machineTiers${didYouMean(tier, known)}`,
    }));
};

const groupSizesAreRanges: ClusterRule = ({ cluster, path }) => [
  ...validEntries(cluster.containerVms).flatMap(([tier, vms]) => minWithinMax(vms, `${path}.containerVms.${tier}`)),
  ...minWithinMax(cluster.httpServing, `${path}.httpServing`),
];

const labelsKeepOwnership: ClusterRule = ({ cluster: { labels = {} }, path }) =>
  validEntries(labels)
    .filter(([key]) => OWNERSHIP_LABELS.some((own) => own === key))
    .map(([key]) => ({
      path: `${path}.labels.${key}`,
      message: "is set on every resource by the platform; choose another key",
    }));

const RULES: readonly ClusterRule[] = [
  nameIsNotTaken,
  generatedNamesFit,
  zonesLieInRegion,
  listsNameEachOnce,
  plansOrRole,
  plansExist,
  tiersExist,
  groupSizesAreRanges,
  labelsKeepOwnership,
];

export const clusterRules: Rule = (context) =>
  validEntries(context.draft.clusters).flatMap(([name, cluster]) =>
    RULES.flatMap((rule) => rule({ name, cluster, path: `clusters.${name}`, context })),
  );

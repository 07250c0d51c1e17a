/** Rules about where users go: there must be a cluster for each of them. */
import { INVALID, isValid, type Invalid } from "../draft";
import { didYouMean } from "../nearest";
import { eachEntry, eachOnce, type ClusterDraft, type Rule } from "./rule";

const plansAreListedOnce: Rule = ({ draft }) => eachOnce(draft.placement.plans, "placement.plans");

const defaultClusterIsActive: Rule = ({ draft: { clusters, placement } }) => {
  const name = placement.defaultCluster;
  if (!isValid(name) || !isValid(clusters)) return [];
  const path = "placement.defaultCluster";
  if (!Object.hasOwn(clusters, name)) {
    return [{ path, message: `${name} is not in clusters${didYouMean(name, Object.keys(clusters))}` }];
  }
  const lifecycle = lifecycleOf(clusters[name] ?? INVALID);
  if (lifecycle === INVALID || lifecycle === "active") return [];
  return [{ path, message: `${name} is ${lifecycle}, not active; the zone's wildcard answer needs an active cluster` }];
};

const plansHaveAnActiveCluster: Rule = ({ draft: { clusters, placement } }) => {
  if (!isValid(clusters)) return [];
  const candidates = Object.values(clusters);
  return eachEntry(placement.plans, "placement.plans", (plan) =>
    candidates.some((cluster) => mayTake(cluster, plan))
      ? undefined
      : `no active cluster lists ${plan} in its plans; a new user of it would have no home`,
  );
};

/** Whether a cluster takes new users of a plan, or might do so once what is wrong in its entry is put right. */
function mayTake(cluster: ClusterDraft | Invalid, plan: string): boolean {
  if (!isValid(cluster)) return true;
  const { lifecycle, plans = [] } = cluster;
  const mayBeActive = !isValid(lifecycle) || lifecycle === "active";
  return mayBeActive && (!isValid(plans) || plans.includes(plan) || plans.includes(INVALID));
}

function lifecycleOf(cluster: ClusterDraft | Invalid): ClusterDraft["lifecycle"] {
  return isValid(cluster) ? cluster.lifecycle : INVALID;
}

export const placementRules: readonly Rule[] = [plansAreListedOnce, defaultClusterIsActive, plansHaveAnActiveCluster];

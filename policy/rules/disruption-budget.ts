import { unversioned } from "../support/pods";
import type { Resource, StackRule } from "../support/rule";
import { at, entries, is, isMap, UNKNOWN } from "../support/values";

const WORKLOADS = ["apps:Deployment", "apps:StatefulSet"];
const BUDGET = "policy:PodDisruptionBudget";

export const disruptionBudget: StackRule = {
  name: "disruption-budget",
  description:
    "Every Deployment and StatefulSet has a PodDisruptionBudget, so that an upgrade of nodes never takes all of its pods at once.",
  severity: "high",
  remedy: "add a PodDisruptionBudget to its namespace whose selector matches the pods' labels",
  reads: (type) => [...WORKLOADS, BUDGET].includes(unversioned(type)),
  checkStack: (resources) => {
    const budgets = resources.filter(({ type }) => unversioned(type) === BUDGET);
    return resources
      .filter(({ type }) => WORKLOADS.includes(unversioned(type)))
      .filter((workload) => !budgets.some((budget) => covers(budget, workload)))
      .map(({ name, urn }) => ({ message: `no PodDisruptionBudget covers ${name}`, urn }));
  },
};

/** Where one side is not known yet, a budget may cover the workload, and gets the benefit of the doubt. */
function covers(budget: Resource, workload: Resource): boolean {
  const selector = at(budget.properties, "spec.selector.matchLabels");
  const labels = at(workload.properties, "spec.template.metadata.labels");
  if (!sameCluster(budget, workload) || !sameNamespace(budget, workload)) return false;
  if (selector === UNKNOWN || labels === UNKNOWN) return true;
  const wanted = entries(selector);
  if (wanted.length === 0 || !isMap(labels)) return false;
  return wanted.every(([key, value]) => value === UNKNOWN || labels[key] === UNKNOWN || labels[key] === value);
}

function sameNamespace(budget: Resource, workload: Resource): boolean {
  const [a, b] = [budget, workload].map(({ properties }) => at(properties, "metadata.namespace"));
  return a === UNKNOWN || b === UNKNOWN || (a ?? "default") === (b ?? "default");
}

/** Each Kubernetes cluster of a stack has its own provider. */
function sameCluster(budget: Resource, workload: Resource): boolean {
  return (
    budget.providerUrn === undefined ||
    workload.providerUrn === undefined ||
    is(budget.providerUrn, workload.providerUrn)
  );
}

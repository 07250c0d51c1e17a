import { GKE_CLUSTER, isMachine, NODE_POOL } from "../support/machines";
import type { ResourceRule } from "../support/rule";
import { at, isMissing, show, text, UNKNOWN, type Properties } from "../support/values";

/** The accounts that Google makes by itself: Compute Engine's and App Engine's. */
const DEFAULT_ACCOUNT = /^(serviceAccount:)?([^@]+-compute@developer|[^@]+@appspot)\.gserviceaccount\.com$/;

export const noDefaultServiceAccount: ResourceRule = {
  name: "no-default-service-account",
  description:
    "Every machine and node has a service account of its own; the project's default one is everybody's and may do too much.",
  severity: "high",
  remedy: "create a service account for the role and name it, with the scope cloud-platform",
  appliesTo: (type) =>
    isMachine(type) || [GKE_CLUSTER, NODE_POOL].includes(type) || /^gcp:.*I[aA][mM]Member$/.test(type),
  check: ({ type, properties }) => {
    if (isMachine(type)) return ofMachine(properties);
    if (type === NODE_POOL) return ofNodes("nodeConfig.serviceAccount", properties);
    if (type === GKE_CLUSTER) return ofCluster(properties);
    return isDefault(properties.member) ? [`member ${show(properties.member)} is a default service account`] : [];
  },
};

/** A machine without the block has no identity at all; with the block, an account that is not named is the default one. */
function ofMachine(machine: Properties): string[] {
  const account = machine.serviceAccount;
  if (account === undefined || account === UNKNOWN) return [];
  const email = at(account, "email");
  return isMissing(email) || isDefault(email) ? [`serviceAccount.email is ${show(email)}`] : [];
}

function ofNodes(path: string, properties: Properties): string[] {
  const account = at(properties, path);
  return isMissing(account) || isDefault(account) ? [`${path} is ${show(account)}`] : [];
}

/** A cluster has nodes of its own unless its default pool is removed or Google runs them all. */
function ofCluster(cluster: Properties): string[] {
  if (cluster.enableAutopilot === true)
    return ofNodes("clusterAutoscaling.autoProvisioningDefaults.serviceAccount", cluster);
  return cluster.removeDefaultNodePool === true ? [] : ofNodes("nodeConfig.serviceAccount", cluster);
}

function isDefault(account: unknown): boolean {
  const email = text(account);
  return email !== undefined && (email === "default" || DEFAULT_ACCOUNT.test(email));
}

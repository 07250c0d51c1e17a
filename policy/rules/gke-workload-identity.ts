import { GKE_CLUSTER, NODE_POOL } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { at, isMissing, isNot, show } from "../support/values";

const POOL = "workloadIdentityConfig.workloadPool";
const MODE = "nodeConfig.workloadMetadataConfig.mode";

export const gkeWorkloadIdentity: ResourceRule = {
  name: "gke-workload-identity",
  description: "Pods act as service accounts of their own; without workload identity each has its node's identity.",
  severity: "high",
  remedy: `set ${POOL} on the cluster and ${MODE} to GKE_METADATA on its node pools`,
  appliesTo: ofTypes(GKE_CLUSTER, NODE_POOL),
  check: ({ type, properties }) => {
    if (type === GKE_CLUSTER) return isMissing(at(properties, POOL)) ? [`${POOL} is missing`] : [];
    const mode = at(properties, MODE);
    return isNot(mode, "GKE_METADATA") ? [`${MODE} is ${show(mode)}`] : [];
  },
};

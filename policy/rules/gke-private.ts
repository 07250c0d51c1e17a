import { areAnywhere } from "../support/address-ranges";
import { GKE_CLUSTER } from "../support/machines";
import { ofTypes, type ResourceRule } from "../support/rule";
import { at, elements, is, isNot, show, text, UNKNOWN, type Properties } from "../support/values";

export const gkePrivate: ResourceRule = {
  name: "gke-private",
  description: "The nodes of a GKE cluster have no public addresses, and its control plane does not answer everybody.",
  severity: "critical",
  remedy:
    "set privateClusterConfig.enablePrivateNodes to true, and enablePrivateEndpoint or masterAuthorizedNetworksConfig with narrow ranges",
  appliesTo: ofTypes(GKE_CLUSTER),
  check: ({ properties }) => {
    const nodes = at(properties, "privateClusterConfig.enablePrivateNodes");
    return [
      ...(isNot(nodes, true) ? [`privateClusterConfig.enablePrivateNodes is ${show(nodes)}`] : []),
      ...openControlPlane(properties),
    ];
  },
};

function openControlPlane(cluster: Properties): string[] {
  const endpoint = at(cluster, "privateClusterConfig.enablePrivateEndpoint");
  const byAddress = at(cluster, "controlPlaneEndpointsConfig.ipEndpointsConfig.enabled");
  if (endpoint === UNKNOWN || is(endpoint, true) || is(byAddress, false)) return [];
  const authorized = at(cluster, "masterAuthorizedNetworksConfig");
  if (authorized === UNKNOWN) return [];
  if (authorized === undefined) return ["the control plane's public address answers everybody"];
  const ranges = elements(at(authorized, "cidrBlocks")).flatMap((block) => text(at(block, "cidrBlock")) ?? []);
  return areAnywhere(ranges) ? [`masterAuthorizedNetworksConfig.cidrBlocks is ${show(ranges)}`] : [];
}

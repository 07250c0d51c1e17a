import { factsOf, packageOf } from "../support/catalogue";
import type { ResourceRule } from "../support/rule";
import { isMissing } from "../support/values";

export const noSharedResource: ResourceRule = {
  name: "no-shared-resource",
  description:
    "A cluster's stack holds nothing global or shared: a change or a failure of such a resource would reach other clusters.",
  severity: "critical",
  remedy: "use the regional form of the resource and state its region, or move it to the environment's shared stack",
  appliesTo: (type, { cluster }) => cluster !== undefined && ["gcp", "kubernetes"].includes(packageOf(type)),
  check: ({ type, properties }) => {
    if (packageOf(type) === "kubernetes")
      return [`${type} belongs to a Kubernetes cluster, which only the shared stack has`];
    const placement = factsOf(type)?.placement;
    if (placement === "shared") return [`${type} is global or shared by the environment`];
    const placed = ["region", "zone", "location"].some((property) => !isMissing(properties[property]));
    if ((placement === "regional" || placement === "zonal") && !placed) return [`${type} does not say where it is`];
    return [];
  },
};

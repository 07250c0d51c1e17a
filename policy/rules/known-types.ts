import { factsOf, packageOf } from "../support/catalogue";
import type { ResourceRule } from "../support/rule";

/** Packages that the program may use; components of the program itself are `platform`. */
const PACKAGES = ["gcp", "kubernetes", "pulumi", "platform"];

export const knownTypes: ResourceRule = {
  name: "known-types",
  description:
    "Every resource is of a package the program may use and, for Google Cloud, of a type these rules know; no rule vouches for another.",
  severity: "high",
  remedy:
    "use a type that is known, or add the new one with its facts to policy/support/catalogue.ts and check that the rules cover it",
  appliesTo: () => true,
  check: ({ type }) => {
    const owner = packageOf(type);
    if (!PACKAGES.includes(owner)) return [`package ${owner} of type ${type} is none of ${PACKAGES.join(", ")}`];
    const isResource = owner === "gcp" && type.startsWith("gcp:");
    return isResource && factsOf(type) === undefined ? [`type ${type} is not known to the policies`] : [];
  },
};

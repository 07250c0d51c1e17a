import { packageOf } from "../support/catalogue";
import type { ResourceRule } from "../support/rule";

export const noAuthoritativeIam: ResourceRule = {
  name: "no-authoritative-iam",
  description:
    "Access is granted one member at a time: a binding or policy resource takes away whatever others granted, in other failure domains too.",
  severity: "critical",
  remedy: "use the resource's IAMMember form",
  appliesTo: (type) => packageOf(type) === "gcp",
  check: ({ type }) =>
    /:[A-Za-z]*I[aA][mM](Binding|Policy)$/.test(type) ? [`${type} replaces what others granted`] : [],
};

import { factsOf } from "../support/catalogue";
import type { ResourceRule } from "../support/rule";

export const statefulProtected: ResourceRule = {
  name: "stateful-protected",
  description:
    "In production Pulumi refuses to delete what keeps state: databases, zones, secrets, and addresses that others hold.",
  severity: "critical",
  remedy:
    "register it with { protect: environment.production }; to retire it, unprotect it in a change of its own first",
  appliesTo: (type, { environment }) => environment.production && factsOf(type)?.stateful === true,
  check: ({ type, protect, properties }) => {
    // An internal address is handed out again at will; what others hold is an external one.
    if (properties.addressType === "INTERNAL" || protect) return [];
    return [`${type} is not protected`];
  },
};

import { packageOf } from "../support/catalogue";
import type { ResourceRule } from "../support/rule";
import { show, text } from "../support/values";

const BASIC_ROLES = ["roles/owner", "roles/editor", "roles/viewer"];

export const noBasicRoles: ResourceRule = {
  name: "no-basic-roles",
  description:
    "Nobody is granted owner, editor or viewer: they reach every service of a project, those of the future included.",
  severity: "high",
  remedy: "grant the predefined role of the one service that is needed",
  appliesTo: (type) => packageOf(type) === "gcp" && /I[aA][mM](Member|Binding)$/.test(type),
  check: ({ properties }) => {
    const role = text(properties.role);
    return role !== undefined && BASIC_ROLES.includes(role) ? [`role ${show(role)} is a basic role`] : [];
  },
};

import { noBasicRoles } from "../../../policy/rules/no-basic-roles";
import { UNKNOWN } from "../../../policy/support/values";
import { freeStack, judge, resource } from "../support/judge";

const granting = (role: unknown, type = "gcp:projects/iAMMember:IAMMember") =>
  judge(noBasicRoles, resource(type, { role }), freeStack);

describe("no-basic-roles", () => {
  it.each(["roles/owner", "roles/editor", "roles/viewer"])("refuses %s to members and in bindings", (role) => {
    expect(granting(role)).toEqual([`role "${role}" is a basic role`]);
    expect(granting(role, "gcp:projects/iAMBinding:IAMBinding")).toHaveLength(1);
  });

  it.each(["roles/logging.logWriter", "roles/monitoring.viewer", UNKNOWN])("accepts %p", (role) => {
    expect(granting(role)).toEqual([]);
  });
});

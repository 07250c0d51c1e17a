import { statefulProtected } from "../../../policy/rules/stateful-protected";
import { clusterScope, judge, resource, sandbox, sharedStack } from "../support/judge";

describe("stateful-protected", () => {
  it.each([
    "gcp:sql/databaseInstance:DatabaseInstance",
    "gcp:dns/managedZone:ManagedZone",
    "gcp:compute/address:Address",
    "gcp:secretmanager/secret:Secret",
    "gcp:secretmanager/regionalSecret:RegionalSecret",
  ])("wants %s protected in production, and lets a sandbox throw it away", (type) => {
    expect(judge(statefulProtected, resource(type, {}), sharedStack)).toEqual([`${type} is not protected`]);
    expect(judge(statefulProtected, resource(type, {}, { protect: true }), sharedStack)).toEqual([]);
    expect(judge(statefulProtected, resource(type, {}), clusterScope(sandbox, "free"))).toEqual([]);
  });

  it("asks nothing of internal addresses and of what keeps no state", () => {
    expect(
      judge(statefulProtected, resource("gcp:compute/address:Address", { addressType: "INTERNAL" }), sharedStack),
    ).toEqual([]);
    expect(judge(statefulProtected, resource("gcp:compute/network:Network", {}), sharedStack)).toEqual([]);
  });
});

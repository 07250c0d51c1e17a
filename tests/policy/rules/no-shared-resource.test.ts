import { noSharedResource } from "../../../policy/rules/no-shared-resource";
import { UNKNOWN } from "../../../policy/support/values";
import { freeStack, judge, resource, sharedStack } from "../support/judge";

describe("no-shared-resource", () => {
  it.each([
    "gcp:dns/managedZone:ManagedZone",
    "gcp:sql/databaseInstance:DatabaseInstance",
    "gcp:compute/globalAddress:GlobalAddress",
    "gcp:compute/backendService:BackendService",
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:secretmanager/secret:Secret",
    "kubernetes:core/v1:Namespace",
    "pulumi:providers:kubernetes",
  ])("refuses %s in a cluster's stack and leaves it to the shared one", (type) => {
    const judged = resource(type, { region: "europe-west1" });
    expect(judge(noSharedResource, judged, freeStack)).toHaveLength(1);
    expect(judge(noSharedResource, judged, sharedStack)).toEqual([]);
  });

  it.each(["gcp:compute/network:Network", "gcp:serviceaccount/account:Account", "gcp:projects/iAMMember:IAMMember"])(
    "accepts %s, which Google has in no regional form",
    (type) => {
      expect(judge(noSharedResource, resource(type, {}), freeStack)).toEqual([]);
    },
  );

  it("wants a regional resource to say where it is", () => {
    const type = "gcp:compute/address:Address";
    expect(judge(noSharedResource, resource(type, {}), freeStack)).toEqual([`${type} does not say where it is`]);
    expect(judge(noSharedResource, resource(type, { region: "europe-west1" }), freeStack)).toEqual([]);
    expect(judge(noSharedResource, resource(type, { region: UNKNOWN }), freeStack)).toEqual([]);
  });
});

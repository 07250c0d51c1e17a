import { noStackReference } from "../../../policy/rules/no-stack-reference";
import { freeStack, judgeStack, resource, sharedStack } from "../support/judge";

const network = resource("gcp:compute/network:Network", {});
const reference = resource("pulumi:pulumi:StackReference", {}, { name: "prod" });
const dependent = resource("gcp:compute/subnetwork:Subnetwork", {}, { sources: { network: [], region: [network] } });

describe("no-stack-reference", () => {
  it("refuses a reference in a cluster's stack where the engine shows it", () => {
    expect(judgeStack(noStackReference, [network, reference], freeStack)).toEqual([
      { message: "prod refers to another stack", urn: reference.urn },
    ]);
  });

  it("refuses a property whose value comes from a resource that is not in the stack", () => {
    expect(judgeStack(noStackReference, [network, dependent], freeStack)).toEqual([
      { message: "network comes from outside the stack", urn: dependent.urn },
    ]);
  });

  it("accepts properties that come from the stack's own resources", () => {
    const own = resource("gcp:compute/subnetwork:Subnetwork", {}, { sources: { network: [network] } });
    expect(judgeStack(noStackReference, [network, own], freeStack)).toEqual([]);
  });

  it("accepts both in the shared stack", () => {
    expect(judgeStack(noStackReference, [network, reference, dependent], sharedStack)).toEqual([]);
  });
});

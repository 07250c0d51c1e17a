import { knownTypes } from "../../../policy/rules/known-types";
import { freeStack, judge, resource } from "../support/judge";

describe("known-types", () => {
  it.each([
    "gcp:compute/network:Network",
    "kubernetes:apps/v1:Deployment",
    "pulumi:pulumi:Stack",
    "pulumi:providers:gcp",
    "pulumi:providers:kubernetes",
    "platform:cluster:Cluster",
  ])("accepts %s", (type) => {
    expect(judge(knownTypes, resource(type, {}), freeStack)).toEqual([]);
  });

  it.each(["random:index/randomPassword:RandomPassword", "pulumi:providers:aws", "command:local:Command"])(
    "refuses the package of %s",
    (type) => {
      expect(judge(knownTypes, resource(type, {}), freeStack)[0]).toMatch(/^package (random|aws|command) /);
    },
  );

  it("refuses a Google Cloud type that no rule knows", () => {
    expect(judge(knownTypes, resource("gcp:pubsub/topic:Topic", {}), freeStack)).toEqual([
      "type gcp:pubsub/topic:Topic is not known to the policies",
    ]);
  });
});

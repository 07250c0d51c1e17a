import { autohealing } from "../../../policy/rules/autohealing";
import { boundedUnavailability } from "../../../policy/rules/bounded-unavailability";
import { zonalSpread } from "../../../policy/rules/zonal-spread";
import type { ResourceRule } from "../../../policy/support/rule";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { freeStack, judge, resource } from "../support/judge";

const group = (rule: ResourceRule, properties: Properties) =>
  judge(rule, resource("gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager", properties), freeStack);

describe("zonal-spread", () => {
  const zones = ["europe-west1-b", "europe-west1-c"];

  it.each<[string, Properties]>([
    ["two zones", { distributionPolicyZones: zones }],
    ["an even spread", { distributionPolicyZones: zones, distributionPolicyTargetShape: "EVEN" }],
    ["zones that are not known yet", { distributionPolicyZones: UNKNOWN }],
    ["a zone that is not known yet beside one that is", { distributionPolicyZones: [UNKNOWN, "europe-west1-b"] }],
  ])("accepts %s", (_case, properties) => {
    expect(group(zonalSpread, properties)).toEqual([]);
  });

  it.each<[string, Properties]>([
    ["one zone", { distributionPolicyZones: ["europe-west1-b"] }],
    ["one zone written twice", { distributionPolicyZones: ["europe-west1-b", "europe-west1-b"] }],
    ["no zones", {}],
    [
      "a shape that prefers one zone",
      { distributionPolicyZones: zones, distributionPolicyTargetShape: "ANY_SINGLE_ZONE" },
    ],
  ])("refuses %s", (_case, properties) => {
    expect(group(zonalSpread, properties)).toHaveLength(1);
  });
});

describe("autohealing", () => {
  it("accepts a health check with a delay, known or not", () => {
    expect(group(autohealing, { autoHealingPolicies: { healthCheck: UNKNOWN, initialDelaySec: 120 } })).toEqual([]);
    expect(group(autohealing, { autoHealingPolicies: UNKNOWN })).toEqual([]);
  });

  it("names what is missing", () => {
    expect(group(autohealing, {})).toEqual([
      "autoHealingPolicies.healthCheck is missing",
      "autoHealingPolicies.initialDelaySec is missing",
    ]);
    expect(group(autohealing, { autoHealingPolicies: { healthCheck: "hc" } })).toHaveLength(1);
  });
});

describe("bounded-unavailability", () => {
  const distributionPolicyZones = ["a", "b", "c"];
  const update = (updatePolicy: unknown) => group(boundedUnavailability, { distributionPolicyZones, updatePolicy });

  it.each([
    { maxUnavailableFixed: 0 },
    { maxUnavailableFixed: 3 },
    { maxUnavailablePercent: 34 },
    { maxUnavailableFixed: UNKNOWN },
    UNKNOWN,
  ])("accepts %p", (policy) => {
    expect(update(policy)).toEqual([]);
  });

  it.each([undefined, {}, { maxUnavailableFixed: 4 }, { maxUnavailablePercent: 50 }])("refuses %p", (policy) => {
    expect(update(policy)).toHaveLength(1);
  });

  it("allows as many as Google's three zones where the group names none", () => {
    expect(group(boundedUnavailability, { updatePolicy: { maxUnavailableFixed: 3 } })).toEqual([]);
    expect(group(boundedUnavailability, { updatePolicy: { maxUnavailableFixed: 4 } })).toHaveLength(1);
  });
});

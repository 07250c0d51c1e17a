import { labels } from "../../../policy/rules/labels";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { labelsOf } from "../../../components/labels";
import { freeStack, judge, resource, sharedStack } from "../support/judge";

const ADDRESS = "gcp:compute/address:Address";
const right = labelsOf({ environment: "prod", cluster: "free" }, "nat");

describe("labels", () => {
  it.each<[string, string, Properties]>([
    ["an address", ADDRESS, { labels: right }],
    ["an alert policy", "gcp:monitoring/alertPolicy:AlertPolicy", { userLabels: right }],
    ["labels that are not known yet", ADDRESS, { labels: UNKNOWN }],
    ["a label that is not known yet", ADDRESS, { labels: { ...right, "failure-domain": UNKNOWN } }],
    ["a type that takes none", "gcp:compute/network:Network", {}],
  ])("accepts %s", (_case, type, properties) => {
    expect(judge(labels, resource(type, properties), freeStack)).toEqual([]);
  });

  it("wants the shared stack's resources labelled as shared", () => {
    const shared = labelsOf({ environment: "prod" }, "database");
    const type = "gcp:sql/databaseInstance:DatabaseInstance";
    expect(judge(labels, resource(type, { settings: { userLabels: shared } }), sharedStack)).toEqual([]);
    expect(judge(labels, resource(type, { settings: { userLabels: right } }), sharedStack)).toEqual([
      'settings.userLabels.failure-domain is "free", not "shared"',
    ]);
  });

  it("names each label that is wrong or missing", () => {
    expect(judge(labels, resource(ADDRESS, {}), freeStack)).toHaveLength(2);
    expect(judge(labels, resource(ADDRESS, { labels: { ...right, environment: "sandbox" } }), freeStack)).toEqual([
      'labels.environment is "sandbox", not "prod"',
    ]);
  });

  it("wants labels where the type keeps them, not where another would", () => {
    expect(
      judge(labels, resource("gcp:monitoring/notificationChannel:NotificationChannel", { labels: right }), freeStack),
    ).toHaveLength(2);
  });
});

import { clusterRegion } from "../../../policy/rules/cluster-region";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { freeStack, judge, resource, sharedStack } from "../support/judge";

const GROUP = "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager";
const inFree = (properties: Properties, type = "gcp:compute/address:Address") =>
  judge(clusterRegion, resource(type, properties), freeStack);

describe("cluster-region", () => {
  it.each<[string, Properties]>([
    ["the cluster's region", { region: "europe-west1" }],
    ["a link to it", { region: "https://www.googleapis.com/compute/v1/projects/p/regions/europe-west1" }],
    ["one of its zones", { zone: "europe-west1-b" }],
    ["no place", { name: "x" }],
    ["a place that is not known yet", { region: UNKNOWN }],
  ])("accepts %s", (_case, properties) => {
    expect(inFree(properties)).toEqual([]);
  });

  it.each<[string, Properties]>([
    ["another region", { region: "europe-west4" }],
    ["a zone of another region", { zone: "europe-west4-a" }],
    ["a zone of the region that the cluster does not use", { zone: "europe-west1-e" }],
    ["a region whose name begins alike", { region: "europe-west10" }],
    ["everywhere", { location: "global" }],
    ["a multi-region", { location: "europe" }],
    ["a replica elsewhere", { replication: { userManaged: { replicas: [{ location: "europe-west4" }] } } }],
  ])("refuses %s", (_case, properties) => {
    expect(inFree(properties)).toHaveLength(1);
  });

  it("names every zone of a group that lies elsewhere, and leaves those that do not", () => {
    const zones = ["europe-west1-b", "europe-west4-a", UNKNOWN];
    expect(inFree({ region: "europe-west1", distributionPolicyZones: zones }, GROUP)).toEqual([
      'distributionPolicyZones "europe-west4-a" is outside cluster free, whose region is europe-west1',
    ]);
  });

  it("judges the provider, whose region is the default of all its resources", () => {
    expect(inFree({ region: "us-central1" }, "pulumi:providers:gcp")).toHaveLength(1);
  });

  it("leaves grants alone, which name the place of what they grant", () => {
    const grant = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember";
    expect(inFree({ location: "europe" }, grant)).toEqual([]);
  });

  it("has nothing to say of the shared stack, which spans regions", () => {
    expect(
      judge(clusterRegion, resource("gcp:compute/address:Address", { region: "europe-west4" }), sharedStack),
    ).toEqual([]);
  });
});

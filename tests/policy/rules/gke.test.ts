import { gkePrivate } from "../../../policy/rules/gke-private";
import { gkeReleaseChannel } from "../../../policy/rules/gke-release-channel";
import { gkeWorkloadIdentity } from "../../../policy/rules/gke-workload-identity";
import type { ResourceRule } from "../../../policy/support/rule";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { judge, resource, sharedStack } from "../support/judge";

const cluster = (rule: ResourceRule, properties: Properties) =>
  judge(rule, resource("gcp:container/cluster:Cluster", properties), sharedStack);

describe("gke-private", () => {
  const nodes = { enablePrivateNodes: true };

  it.each<[string, Properties]>([
    ["a private endpoint", { privateClusterConfig: { ...nodes, enablePrivateEndpoint: true } }],
    [
      "an endpoint for known networks",
      {
        privateClusterConfig: nodes,
        masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "198.51.100.0/24" }] },
      },
    ],
    ["an endpoint for no network", { privateClusterConfig: nodes, masterAuthorizedNetworksConfig: {} }],
    [
      "an endpoint by name alone",
      { privateClusterConfig: nodes, controlPlaneEndpointsConfig: { ipEndpointsConfig: { enabled: false } } },
    ],
    ["settings that are not known yet", { privateClusterConfig: UNKNOWN }],
  ])("accepts private nodes with %s", (_case, properties) => {
    expect(cluster(gkePrivate, properties)).toEqual([]);
  });

  it("refuses public nodes", () => {
    expect(cluster(gkePrivate, { privateClusterConfig: { enablePrivateEndpoint: true } })).toEqual([
      "privateClusterConfig.enablePrivateNodes is nothing",
    ]);
  });

  it("refuses a control plane that answers everybody", () => {
    expect(cluster(gkePrivate, { privateClusterConfig: nodes })).toHaveLength(1);
    const everybody = { cidrBlocks: [{ cidrBlock: "0.0.0.0/0" }] };
    expect(
      cluster(gkePrivate, { privateClusterConfig: nodes, masterAuthorizedNetworksConfig: everybody }),
    ).toHaveLength(1);
  });
});

describe("gke-workload-identity", () => {
  it("wants a workload pool on the cluster", () => {
    expect(cluster(gkeWorkloadIdentity, { workloadIdentityConfig: { workloadPool: "p.svc.id.goog" } })).toEqual([]);
    expect(cluster(gkeWorkloadIdentity, { workloadIdentityConfig: { workloadPool: UNKNOWN } })).toEqual([]);
    expect(cluster(gkeWorkloadIdentity, {})).toHaveLength(1);
  });

  it("wants nodes to hide their own identity from pods", () => {
    const pool = (mode?: unknown) =>
      judge(
        gkeWorkloadIdentity,
        resource("gcp:container/nodePool:NodePool", { nodeConfig: { workloadMetadataConfig: { mode } } }),
        sharedStack,
      );
    expect(pool("GKE_METADATA")).toEqual([]);
    expect(pool("GCE_METADATA")).toHaveLength(1);
    expect(pool()).toHaveLength(1);
  });
});

describe("gke-release-channel", () => {
  it.each(["STABLE", "REGULAR", UNKNOWN])("accepts %p", (channel) => {
    expect(cluster(gkeReleaseChannel, { releaseChannel: { channel } })).toEqual([]);
  });

  it.each(["UNSPECIFIED", undefined])("refuses %p", (channel) => {
    expect(cluster(gkeReleaseChannel, { releaseChannel: { channel } })).toHaveLength(1);
  });
});

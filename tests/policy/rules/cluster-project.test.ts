import { clusterProject } from "../../../policy/rules/cluster-project";
import { UNKNOWN } from "../../../policy/support/values";
import { freeStack, judge, prod, resource, sharedStack } from "../support/judge";

const ADDRESS = "gcp:compute/address:Address";

describe("cluster-project", () => {
  it.each([undefined, UNKNOWN, "acme-hosting-prod"])(
    "accepts the project %p in the environment's stacks",
    (project) => {
      for (const scope of [freeStack, sharedStack]) {
        expect(judge(clusterProject, resource(ADDRESS, { project }), scope)).toEqual([]);
      }
    },
  );

  it("refuses any other project", () => {
    expect(judge(clusterProject, resource(ADDRESS, { project: "acme-other" }), freeStack)).toEqual([
      'project "acme-other" is not the stack\'s own, acme-hosting-prod',
    ]);
  });

  it("holds a cluster with a project of its own to that one", () => {
    const config = { ...prod.clusters.free!, project: "acme-free" };
    const scope = { environment: prod, cluster: { name: "free", config } };
    expect(judge(clusterProject, resource(ADDRESS, { project: "acme-free" }), scope)).toEqual([]);
    expect(judge(clusterProject, resource(ADDRESS, { project: "acme-hosting-prod" }), scope)).toHaveLength(1);
  });

  it("leaves a grant on the registry alone, which may lie in another project", () => {
    const grant = resource("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember", { project: "acme-images" });
    expect(judge(clusterProject, grant, freeStack)).toEqual([]);
  });
});

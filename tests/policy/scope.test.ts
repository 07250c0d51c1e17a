import { failureDomain, projectOf, scopeOf } from "../../policy/support/scope";
import { sectionsOf, stackValuesOf } from "../support/environments";

const values = (edits = {}) => stackValuesOf(sectionsOf("prod", edits));

describe("the scope of a stack", () => {
  it("is a cluster with its configuration when the stack's name says so", () => {
    const scope = scopeOf("prod.free", values());
    expect(scope.cluster).toMatchObject({ name: "free", config: { region: "europe-west1" } });
    expect(failureDomain(scope)).toBe("free");
    expect(scope.environment.production).toBe(true);
  });

  it("is what the environment shares for the stack that is named as the environment", () => {
    const scope = scopeOf("prod", values());
    expect(scope.cluster).toBeUndefined();
    expect(failureDomain(scope)).toBe("shared");
    expect(projectOf(scope)).toBe("acme-hosting-prod");
  });

  it("has the cluster's own project where it has one", () => {
    expect(projectOf(scopeOf("prod.free", values({ "clusters.free.project": "acme-free" })))).toBe("acme-free");
  });

  it("does not exist for a cluster that is not configured, and the nearest is named", () => {
    expect(() => scopeOf("prod.fre", values())).toThrow(
      /clusters\.fre: is not in the configuration \(did you mean "free"\?\)/,
    );
  });

  it("does not exist for a configuration with mistakes", () => {
    expect(() => scopeOf("prod.free", values({ "domain.ttl": 0 }))).toThrow(/domain\.ttl/);
  });
});

import { machineTypes } from "../../../policy/rules/machine-types";
import type { Scope } from "../../../policy/support/scope";
import { UNKNOWN } from "../../../policy/support/values";
import { clusterScope, freeStack, judge, prod, resource, sharedStack } from "../support/judge";

const template = (machineType: unknown, scope: Scope) =>
  judge(machineTypes, resource("gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", { machineType }), scope);

describe("machine-types", () => {
  it("accepts the types of the cluster's tiers and of its edges", () => {
    for (const type of ["e2-standard-4", "e2-standard-2", UNKNOWN]) expect(template(type, freeStack)).toEqual([]);
    expect(template("zones/europe-west1-b/machineTypes/e2-standard-4", freeStack)).toEqual([]);
  });

  it("refuses a type that the configuration lacks, and one of a tier that this cluster does not use", () => {
    expect(template("n2-highmem-128", freeStack)).toHaveLength(1);
    expect(template("c3-standard-8", freeStack)).toHaveLength(1);
    expect(template("c3-standard-8", clusterScope(prod, "hackers"))).toEqual([]);
  });

  it("refuses virtual machines in the shared stack, which has none", () => {
    expect(template("e2-standard-4", sharedStack)[0]).toMatch(/none in this stack$/);
  });

  it("holds GKE nodes and the database to their own settings", () => {
    const pool = (machineType: string) =>
      judge(machineTypes, resource("gcp:container/nodePool:NodePool", { nodeConfig: { machineType } }), sharedStack);
    const database = (tier: string) =>
      judge(machineTypes, resource("gcp:sql/databaseInstance:DatabaseInstance", { settings: { tier } }), sharedStack);
    expect(pool("e2-standard-4")).toEqual([]);
    expect(pool("e2-standard-2")).toHaveLength(1);
    expect(database("db-custom-2-7680")).toEqual([]);
    expect(database("db-f1-micro")).toEqual([
      'settings.tier "db-f1-micro" is none of those configured: db-custom-2-7680',
    ]);
  });
});

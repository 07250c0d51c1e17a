import { noDefaultServiceAccount } from "../../../policy/rules/no-default-service-account";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { freeStack, judge, resource } from "../support/judge";

const OWN = "prod-free-edge@acme-hosting-prod.iam.gserviceaccount.com";
const COMPUTE_DEFAULT = "123456789-compute@developer.gserviceaccount.com";
const judged = (type: string, properties: Properties) =>
  judge(noDefaultServiceAccount, resource(type, properties), freeStack);

describe("no-default-service-account on machines", () => {
  const machine = (serviceAccount?: unknown) =>
    judged("gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", { serviceAccount });

  it("accepts an account of their own, one that is not known yet, and none at all", () => {
    for (const account of [{ email: OWN }, { email: UNKNOWN }, UNKNOWN, undefined])
      expect(machine(account)).toEqual([]);
  });

  it("refuses a default account, which is also meant when scopes are given without an account", () => {
    for (const email of [COMPUTE_DEFAULT, "acme@appspot.gserviceaccount.com", "default", undefined]) {
      expect(machine({ email, scopes: ["cloud-platform"] })).toHaveLength(1);
    }
  });
});

describe("no-default-service-account on GKE", () => {
  const pool = (properties: Properties) => judged("gcp:container/nodePool:NodePool", properties);
  const cluster = (properties: Properties) => judged("gcp:container/cluster:Cluster", properties);

  it("wants nodes to have an account of their own", () => {
    expect(pool({ nodeConfig: { serviceAccount: OWN } })).toEqual([]);
    expect(pool({ nodeConfig: { machineType: "e2-small" } })).toEqual(["nodeConfig.serviceAccount is nothing"]);
    expect(pool({ nodeConfig: { serviceAccount: COMPUTE_DEFAULT } })).toHaveLength(1);
  });

  it("asks a cluster for an account where it has nodes itself", () => {
    expect(cluster({ removeDefaultNodePool: true })).toEqual([]);
    expect(cluster({ initialNodeCount: 1 })).toHaveLength(1);
    expect(cluster({ enableAutopilot: true })).toHaveLength(1);
    const defaults = { autoProvisioningDefaults: { serviceAccount: OWN } };
    expect(cluster({ enableAutopilot: true, clusterAutoscaling: defaults })).toEqual([]);
  });
});

describe("no-default-service-account on grants", () => {
  const grant = (member: unknown) => judged("gcp:projects/iAMMember:IAMMember", { member });

  it("refuses to grant a default account anything", () => {
    expect(grant(`serviceAccount:${COMPUTE_DEFAULT}`)).toHaveLength(1);
    expect(grant(`serviceAccount:${OWN}`)).toEqual([]);
    expect(grant(UNKNOWN)).toEqual([]);
  });
});

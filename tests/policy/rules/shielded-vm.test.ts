import { shieldedVm } from "../../../policy/rules/shielded-vm";
import { UNKNOWN, type Properties } from "../../../policy/support/values";
import { freeStack, judge, resource } from "../support/judge";

const judged = (type: string, properties: Properties) => judge(shieldedVm, resource(type, properties), freeStack);
const machine = (shieldedInstanceConfig?: unknown) =>
  judged("gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", { shieldedInstanceConfig });
const shielded = { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true };

describe("shielded-vm", () => {
  it("accepts machines with everything on, or not known yet", () => {
    expect(machine(shielded)).toEqual([]);
    expect(machine({ ...shielded, enableVtpm: UNKNOWN })).toEqual([]);
    expect(machine(UNKNOWN)).toEqual([]);
  });

  it("names what is off or left out", () => {
    expect(machine({ ...shielded, enableSecureBoot: false })).toEqual([
      "shieldedInstanceConfig.enableSecureBoot is false",
    ]);
    expect(machine()).toHaveLength(3);
  });

  it("wants GKE nodes shielded, and their cluster not to switch it off", () => {
    const pool = (config: Properties) =>
      judged("gcp:container/nodePool:NodePool", { nodeConfig: { shieldedInstanceConfig: config } });
    expect(pool(shielded)).toEqual([]);
    expect(pool({ enableIntegrityMonitoring: true })).toEqual([
      "nodeConfig.shieldedInstanceConfig.enableSecureBoot is nothing",
    ]);
    expect(judged("gcp:container/cluster:Cluster", {})).toEqual([]);
    expect(judged("gcp:container/cluster:Cluster", { enableShieldedNodes: false })).toHaveLength(1);
  });
});

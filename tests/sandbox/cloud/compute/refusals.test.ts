import type { Properties } from "../../../../sandbox/provider/values";
import { TYPES } from "../../../../sandbox/cloud/compute/types";
import { AUTOSCALER, HEALTH_CHECK, HEALTH_RULE, MANAGER, release, templateId } from "./support/records";
import { reason, runGroups, stopGroups } from "./support/running-groups";

afterEach(stopGroups);

const TEMPLATE = templateId("a");

describe("what the sandbox does not emulate fails by name, and changes nothing:", () => {
  it.each<[because: string, type: string, id: string, changes: Properties]>([
    ["does not emulate statefulDisks", TYPES.manager, MANAGER, { statefulDisks: [{ deviceName: "x" }] }],
    ["does not emulate updatePolicy.type", TYPES.manager, MANAGER, { updatePolicy: { type: "OPPORTUNISTIC" } }],
    ["distributionPolicyTargetShape", TYPES.manager, MANAGER, { distributionPolicyTargetShape: "ANY" }],
    ["one version, not 2", TYPES.manager, MANAGER, { versions: [{}, {}] }],
    ["httpHealthCheck only", TYPES.healthCheck, HEALTH_CHECK, { httpHealthCheck: null, tcpHealthCheck: { port: 1 } }],
    ["scalingSchedules", TYPES.autoscaler, AUTOSCALER, { autoscalingPolicy: { scalingSchedules: [{}] } }],
    ['metadata "startup-script"', TYPES.template, TEMPLATE, { metadata: { "startup-script": "reboot" } }],
    ["Container-Optimized OS only", TYPES.template, TEMPLATE, { disks: [{ sourceImage: "projects/debian-cloud/x" }] }],
  ])("%s", async (because, type, id, changes) => {
    const there = runGroups();
    await there.after(1);
    const names = there.names();
    there.records.change(type, id, changes);
    await there.after(1);
    expect(there.standing()).toMatch(reason("failed", because));
    if (type !== TYPES.healthCheck) expect(there.standing(type, id)).toMatch(reason("failed", because));
    expect(there.names()).toEqual(names);
  });

  it("user-data that cannot be followed, of which its template and a group of it tell", async () => {
    const there = runGroups();
    await there.after(1);
    const names = there.names();
    release(there.records, "b");
    const userData = "#cloud-config\nusers: []\n";
    there.records.change(TYPES.template, templateId("b"), { metadata: { "user-data": userData } });
    await there.after(1);
    const because = "user-data: the sandbox does not know users";
    expect(there.standing(TYPES.template, templateId("b"))).toMatch(reason("failed", because));
    expect(there.standing()).toMatch(reason("failed", because));
    expect(there.names()).toEqual(names);
  });

  it("a firewall rule with network tags", async () => {
    const there = runGroups();
    there.records.change(TYPES.firewall, HEALTH_RULE, { targetTags: ["edge"] });
    await there.after(1);
    expect(there.standing(TYPES.firewall, HEALTH_RULE)).toMatch(reason("failed", "network tags"));
  });
});

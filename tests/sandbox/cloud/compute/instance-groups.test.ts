import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { TYPES } from "../../../../sandbox/cloud/compute/types";
import { AUTOSCALER, EDGE_ACCOUNT, edges, MANAGER, NETWORK, templateId } from "./support/records";
import { reason, runGroups, stopGroups } from "./support/running-groups";

afterEach(stopGroups);

describe("an instance group", () => {
  it("has as many instances as its autoscaler asks for at least, over its zones, and settles when all are healthy", async () => {
    const there = runGroups();
    there.answer = () => "health check GET :8082/healthz answered 503";
    await there.after(2);
    const [first = "", second = ""] = there.names();
    expect([first, second]).toEqual([
      expect.stringMatching(/^sandbox-free-http-serving-[a-z0-9]{4}$/),
      expect.stringMatching(/^sandbox-free-http-serving-[a-z0-9]{4}$/),
    ]);
    const reasons = [first, second].map((name) => `${name}: health check GET :8082/healthz answered 503`);
    expect(there.standing()).toMatch(/^pending: /);
    for (const each of reasons) expect(there.standing()).toMatch(reason("pending", each));

    there.answer = () => undefined;
    await there.after(2);
    expect(there.standing()).toBe("settled");
    expect(
      there.controller
        .all()
        .map(({ zone }) => zone)
        .sort(),
    ).toEqual(["europe-west1-b", "europe-west1-c"]);
  });

  it("is made of what its template says", async () => {
    const there = runGroups();
    await there.after(1);
    const [machine] = there.cloud.machines.running();
    const { name = "", address = "" } = machine?.spec ?? {};
    const disk = join(there.directory, "vms", name);
    expect(machine?.spec).toEqual({
      name,
      hostname: name,
      kind: "vm",
      failureDomain: "free",
      role: "http-serving",
      region: "europe-west1",
      address: there.cloud.network.claims.get(name),
      serviceAccount: EDGE_ACCOUNT,
      containers: [
        expect.objectContaining({
          name: "edge",
          mounts: { "/tmp": `${disk}/tmp/edge/tmp`, "/var/lib/edge": `${disk}/edge` },
        }),
      ],
    });
    expect(readdirSync(disk).sort()).toEqual(["edge", "tmp"]);
    expect(there.controller.all()).toContainEqual(
      expect.objectContaining({
        name,
        address,
        status: "RUNNING",
        network: NETWORK,
        namedPorts: { hosting: 8080 },
        accepting: true,
      }),
    );
    expect(there.controller.units()).toContainEqual(
      expect.objectContaining({ name, kind: "vm", healthy: true, pids: [1] }),
    );
  });

  it("is found by any link of its manager or its instance group", async () => {
    const there = runGroups();
    await there.after(1);
    const link = `https://www.googleapis.com/compute/v1/${MANAGER}`;
    const group = link.replace("instanceGroupManagers", "instanceGroups");
    for (const form of [MANAGER, link, group]) expect(there.controller.inGroup(form)).toHaveLength(2);
    expect(there.controller.inGroup(`${MANAGER}-other`)).toEqual([]);
  });

  it("changes nothing when nothing has changed", async () => {
    const there = runGroups();
    await there.after(60);
    expect(there.cloud.machines.made).toHaveLength(2);
  });

  it("has no instances before there is an autoscaler, and keeps those it has when that goes", async () => {
    const records = edges();
    const [autoscaler] = records.google(TYPES.autoscaler);
    records.remove(TYPES.autoscaler, AUTOSCALER);
    const there = runGroups(records);
    await there.after(1);
    expect(there.names()).toEqual([]);
    expect(there.standing()).toBe("settled");

    records.put(TYPES.autoscaler, AUTOSCALER, autoscaler?.outputs ?? {});
    await there.after(1);
    const names = there.names();
    records.remove(TYPES.autoscaler, AUTOSCALER);
    await there.after(1);
    expect(names).toHaveLength(2);
    expect(there.names()).toEqual(names);
  });

  it("grows and shrinks with its autoscaler's bounds", async () => {
    const there = runGroups();
    await there.after(1);
    there.records.change(TYPES.autoscaler, AUTOSCALER, { autoscalingPolicy: { minReplicas: 4, maxReplicas: 4 } });
    await there.after(2);
    expect(there.names()).toHaveLength(4);
    there.records.change(TYPES.autoscaler, AUTOSCALER, { autoscalingPolicy: { minReplicas: 1, maxReplicas: 4 } });
    await there.after(2);
    expect(there.names()).toHaveLength(1);
  });

  it("stops taking connections before it stops, and leaves nothing behind", async () => {
    const there = runGroups();
    await there.after(1);
    let finish: () => void = () => undefined;
    there.cloud.machines.stopping = () => new Promise((resolve) => (finish = resolve));
    there.records.change(TYPES.autoscaler, AUTOSCALER, { autoscalingPolicy: { minReplicas: 1, maxReplicas: 4 } });
    await there.after(1);
    const [leaving] = there.controller.all().filter(({ accepting }) => !accepting);
    expect(leaving?.status).toBe("STOPPING");
    expect(there.standing()).toBe(`pending: ${leaving?.name} is being removed`);

    finish();
    await there.after(1);
    expect(there.controller.all()).toHaveLength(1);
    expect(there.cloud.network.claims.has(leaving?.name ?? "")).toBe(false);
    expect(existsSync(join(there.directory, "vms", leaving?.name ?? ""))).toBe(false);
    expect(there.standing()).toBe("settled");
  });

  it("has gone, once its record is removed and all of it has stopped", async () => {
    const there = runGroups();
    await there.after(1);
    let finish: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => (finish = resolve));
    there.cloud.machines.stopping = () => stopped;
    there.records.remove(TYPES.manager, MANAGER);
    await there.after(1);
    expect(there.standing()).toMatch(reason("pending", "stopping"));
    expect(there.standing(TYPES.template, templateId("a"))).toBe("settled");
    there.records.remove(TYPES.template, templateId("a"));
    expect(there.standing(TYPES.template, templateId("a"))).toMatch(/^pending: /);
    finish();
    await there.after(1);
    expect(there.standing()).toBe("settled");
    expect(there.standing(TYPES.template, templateId("a"))).toBe("settled");
    expect(readdirSync(join(there.directory, "vms"))).toEqual([]);
  });
});

import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TYPES } from "../../../../sandbox/cloud/compute/types";
import { container, edges, HEALTH_CHECK, HEALTH_RULE } from "./support/records";
import { reason, runGroups, stopGroups } from "./support/running-groups";

afterEach(stopGroups);

describe("autohealing", () => {
  it("repairs an instance that stays unhealthy, under its name, with an empty disk", async () => {
    const there = runGroups();
    await there.after(61);
    const [ailing = "", well = ""] = there.names();
    writeFileSync(join(there.directory, "vms", ailing, "edge", "kept"), "");
    there.answer = (name) => (name === ailing ? "health check GET :8082/healthz answered 503" : undefined);
    await there.after(20);
    expect(there.cloud.machines.made).toHaveLength(2);
    await there.after(15);
    expect(there.names()).toEqual([ailing, well].sort());
    expect(there.cloud.machines.made).toHaveLength(3);
    expect(readdirSync(join(there.directory, "vms", ailing, "edge"))).toEqual([]);
  });

  it("holds nothing against an instance during its initial delay", async () => {
    const there = runGroups();
    there.answer = () => "no";
    await there.after(58);
    expect(there.cloud.machines.made).toHaveLength(2);
    await there.after(4);
    expect(there.cloud.machines.made).toHaveLength(4);
  });

  it("asks every second until the first answer, then as often as declared", async () => {
    const there = runGroups();
    there.answer = () => "no";
    await there.after(10);
    const [name = ""] = there.names();
    const eager = there.asked.get(name) ?? 0;
    expect(eager).toBeGreaterThanOrEqual(10);
    there.answer = () => undefined;
    await there.after(31);
    expect((there.asked.get(name) ?? 0) - eager).toBeLessThanOrEqual(5);
  });

  it("needs a firewall rule for Google's health checkers", async () => {
    const there = runGroups();
    there.records.change(TYPES.firewall, HEALTH_RULE, { sourceRanges: ["35.191.0.0/16"] });
    await there.after(2);
    const because = "no firewall rule allows tcp:8082 from 130.211.0.0/22";
    expect(there.standing()).toMatch(reason("pending", because));
    expect(there.asked.size).toBe(0);
  });

  it("needs the port in the VM's own firewall", async () => {
    const there = runGroups(edges([container({ ports: [8080] })]));
    await there.after(2);
    const because = "itself does not accept tcp:8082";
    expect(there.standing()).toMatch(reason("pending", because));
  });

  it("follows a change of the health check", async () => {
    const there = runGroups();
    await there.after(1);
    there.records.change(TYPES.healthCheck, HEALTH_CHECK, { httpHealthCheck: { port: 8083, requestPath: "/healthz" } });
    await there.after(40);
    expect(there.controller.units()[0]?.trouble).toContain(":8083");
  });

  it("is slower than the list of what runs, which tells of an ended container at once", async () => {
    const there = runGroups();
    await there.after(1);
    const [machine] = there.cloud.machines.running();
    if (machine === undefined) throw new Error("there is no machine");
    machine.trouble = "ended with code 1: out of memory";
    const unit = there.controller.units().find(({ name }) => name === machine.spec.name);
    expect(unit).toMatchObject({ healthy: false, trouble: "container edge: ended with code 1: out of memory" });
  });
});

import { TYPES } from "../../../../sandbox/cloud/compute/types";
import { MANAGER, release, templateId } from "./support/records";
import { reason, runGroups, stopGroups } from "./support/running-groups";

afterEach(stopGroups);

describe("a new template", () => {
  it("replaces the instances by new ones, with never fewer healthy ones than there are to be", async () => {
    const there = runGroups();
    await there.after(1);
    const old = there.names();
    let fewest = 2;
    there.cloud.machines.stopping = () => new Promise((resolve) => setTimeout(resolve, 3000));
    release(there.records, "b");
    for (let second = 0; second < 10; second++) {
      await there.after(0);
      fewest = Math.min(fewest, there.controller.all().filter(({ accepting }) => accepting).length);
      expect(there.controller.all().length).toBeLessThanOrEqual(4);
    }
    expect(fewest).toBe(2);
    expect(there.standing()).toBe("settled");
    expect(there.names().filter((name) => old.includes(name))).toEqual([]);
  });

  it("has to be healthy for as long as the group says before an old instance goes", async () => {
    const there = runGroups();
    const { updatePolicy } = there.records.google(TYPES.manager)[0]?.inputs ?? {};
    there.records.change(TYPES.manager, MANAGER, { updatePolicy: { ...(updatePolicy as object), minReadySec: 20 } });
    await there.after(30);
    const old = there.names();
    release(there.records, "b");
    await there.after(18);
    expect(there.names()).toEqual(expect.arrayContaining(old));
    expect(there.names()).toHaveLength(4);
    await there.after(5);
    expect(there.names().filter((name) => old.includes(name))).toEqual([]);
    expect(there.standing()).toBe("settled");
  });

  it("that does not get healthy leaves the old instances alone, and says why", async () => {
    const there = runGroups();
    await there.after(1);
    const old = there.names();
    there.cloud.machines.troubleOf = () => "ended with code 1: broken";
    there.answer = (name) => (old.includes(name) ? undefined : "no");
    release(there.records, "b");
    await there.after(50);
    expect(there.names()).toEqual(expect.arrayContaining(old));
    expect(there.names()).toHaveLength(4);
    expect(there.controller.all().filter(({ accepting }) => accepting)).toHaveLength(4);
    const because = "container edge: ended with code 1: broken";
    expect(there.standing()).toMatch(reason("pending", because));

    release(there.records, "a");
    await there.after(2);
    expect(there.names()).toEqual(old);
    expect(there.standing()).toBe("settled");
  });

  it("whose image cannot be pulled fails after half a minute", async () => {
    const there = runGroups();
    await there.after(1);
    const old = there.names();
    const trouble = "image europe-docker.pkg.dev/acme/platform/edge:nope cannot be pulled: the sandbox builds `dev`";
    there.cloud.machines.troubleOf = () => trouble;
    there.answer = (name) => (old.includes(name) ? undefined : "no");
    release(there.records, "b");
    await there.after(1);
    expect(there.standing()).toMatch(/^pending: /);
    await there.after(31);
    expect(there.standing()).toMatch(reason("failed", trouble));
    expect(there.names()).toEqual(expect.arrayContaining(old));
  });

  it("that cannot be run here fails at once", async () => {
    const there = runGroups();
    await there.after(1);
    const old = there.names();
    there.cloud.machines.refuse = () => "container edge: CONFIG=/foo is in no volume";
    release(there.records, "b");
    await there.after(1);
    expect(there.standing()).toMatch(reason("failed", "CONFIG=/foo is in no volume"));
    expect(there.names()).toEqual(old);
    expect(there.controller.units().filter(({ healthy }) => !healthy)).toHaveLength(2);
  });

  it("cannot be deleted while instances are made of the old one", async () => {
    const there = runGroups();
    await there.after(1);
    there.records.remove(TYPES.template, templateId("a"));
    const users = there.controller.all().map(({ name }) => name);
    const because = `instance template sandbox-free-http-serving-a is still used by ${users.join(", ")}`;
    expect(there.standing(TYPES.template, templateId("a"))).toBe(`failed: ${because}`);
  });
});

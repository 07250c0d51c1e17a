import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TYPES } from "../../../../sandbox/cloud/compute/types";
import { container, MANAGER, release } from "./support/records";
import { runGroups, stopGroups } from "./support/running-groups";

afterEach(stopGroups);

describe("after a restart of the local cloud", () => {
  it("instances are started anew under the same names, with what is on their disks", async () => {
    const before = runGroups();
    await before.after(1);
    const names = before.names();
    writeFileSync(join(before.directory, "vms", names[0] ?? "", "edge", "kept"), "");
    await before.controller.stop();
    expect(before.names()).toEqual([]);

    const after = runGroups(before.records, before.directory);
    await after.after(1);
    expect(after.names()).toEqual(names);
    expect(readdirSync(join(after.directory, "vms", names[0] ?? "", "edge"))).toEqual(["kept"]);
  });

  it("an update goes on with old instances of their own template", async () => {
    const before = runGroups();
    await before.after(1);
    const old = before.names();
    before.answer = (name) => (old.includes(name) ? undefined : "no");
    release(before.records, "b", [container({ image: "europe-docker.pkg.dev/acme/platform/edge:next" })]);
    await before.after(2);
    await before.controller.stop();

    const after = runGroups(before.records, before.directory);
    after.answer = before.answer;
    await after.after(1);
    const images = after.cloud.machines
      .running()
      .map(({ spec }) => [old.includes(spec.name), spec.containers[0]?.image.split(":")[1]]);
    expect(images.sort()).toEqual([
      [false, "next"],
      [false, "next"],
      [true, "dev"],
      [true, "dev"],
    ]);
  });

  it("nothing starts of a group whose record has gone meanwhile", async () => {
    const before = runGroups();
    await before.after(1);
    await before.controller.stop();
    before.records.remove(TYPES.manager, MANAGER);
    const after = runGroups(before.records, before.directory);
    await after.after(1);
    expect(after.cloud.machines.made).toEqual([]);
    expect(readdirSync(join(after.directory, "vms"))).toEqual([]);
  });
});

import type { ProcessEntry } from "../../../../sandbox/cloud/processes/process-table";
import { leftovers } from "../../../../sandbox/cloud/processes/journal";

const BOOT = "this boot";
const NOTED = { name: "vm/edge", pid: 100, started: "5000", boot: BOOT };

function running(pid: number, group: number, started: string, isZombie = false): ProcessEntry {
  return { pid, parent: 1, group, started, isZombie };
}

describe("what an earlier local cloud has left", () => {
  it("is a group whose leader runs", () => {
    expect(leftovers([NOTED], [running(100, 100, "5000")], BOOT)).toEqual([NOTED]);
  });

  it("is a group whose leader has ended while others of it go on", () => {
    expect(leftovers([NOTED], [running(101, 100, "5001")], BOOT)).toEqual([NOTED]);
  });

  it("is no other process that was given the number since", () => {
    expect(leftovers([NOTED], [running(100, 100, "9999"), running(101, 100, "9999")], BOOT)).toEqual([]);
  });

  it("is nothing from before the machine was started anew", () => {
    expect(leftovers([NOTED], [running(100, 100, "5000")], "another boot")).toEqual([]);
  });

  it("is no group that has ended", () => {
    expect(leftovers([NOTED], [running(100, 100, "5000", true), running(7, 7, "1")], BOOT)).toEqual([]);
  });
});

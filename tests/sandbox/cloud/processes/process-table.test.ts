import {
  descendantsOf,
  parseStat,
  processTable,
  readProcess,
  type ProcessEntry,
} from "../../../../sandbox/cloud/processes/process-table";

describe("the table of processes", () => {
  it("reads what Linux tells of a process whatever its program is called", () => {
    const stat = "4242 (a) b (c) S 17 4200 4200 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200";
    expect(parseStat(stat)).toEqual({ pid: 4242, parent: 17, group: 4200, started: "987654", isZombie: false });
  });

  it("knows those that have ended and wait for their parent", () => {
    expect(parseStat("7 (sh) Z 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0").isZombie).toBe(true);
  });

  it("has this process, and none of a number that no process can have", () => {
    expect(readProcess(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid, isZombie: false });
    expect(processTable().map(({ pid }) => pid)).toContain(process.pid);
    expect(readProcess(2 ** 30)).toBeUndefined();
  });

  it("finds descendants over any number of generations", () => {
    const entry = (pid: number, parent: number): ProcessEntry => ({
      pid,
      parent,
      group: pid,
      started: "1",
      isZombie: false,
    });
    const table = [entry(1, 0), entry(10, 1), entry(11, 10), entry(12, 11), entry(20, 1)];
    expect(descendantsOf([entry(10, 1)], table).map(({ pid }) => pid)).toEqual([11, 12]);
  });
});

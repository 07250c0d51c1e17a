import type { KillResult } from "./kill";
import { faultsOf, killTable } from "./table";

const ROW: KillResult = {
  victim: "Knot",
  phase: "publishing",
  outcome: "done",
  downMs: 512,
  finishMs: 1_904,
  requests: 80,
  longestMs: 95,
  questions: 190,
  answeredByAnother: 12,
  unanswered: 0,
  faults: [],
};

describe("the kill table", () => {
  it("has a row per kill and no fault for one that is as promised", () => {
    const [, , row] = killTable([ROW]).split("\n");
    expect(row).toMatch(/\| Knot +\| publishing +\| done +\| 0\.51 s +\| 1\.90 s +\| 80 .* \| I1-I5 hold \| 0 +\|$/);
    expect(faultsOf([ROW])).toBe("");
  });

  it("names broken invariants, and each fault with its row", () => {
    const broken = { ...ROW, unanswered: 1, faults: ["I1: ann runs twice", "I4: two transfers", "DNS: no answer"] };
    expect(killTable([ROW, broken]).split("\n")[3]).toMatch(/\| 1 +\| I1,I4 broken \| 3 +\|$/);
    expect(faultsOf([ROW, broken]).split("\n")).toEqual([
      "kill -9 of Knot in publishing: I1: ann runs twice",
      "kill -9 of Knot in publishing: I4: two transfers",
      "kill -9 of Knot in publishing: DNS: no answer",
      "",
    ]);
  });
});

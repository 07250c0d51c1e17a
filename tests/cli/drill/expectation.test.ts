import { judge, type Expectation } from "../../../cli/drill/expectation";
import type { Group } from "../../../cli/drill/statistics";

const NOTICE: Expectation = { users: "notice", recoverySeconds: 60 };
const UNHARMED: Expectation = { users: "unharmed", recoverySeconds: 30 };

function group(cluster: string, users: number, noticing: readonly string[] = [], changes: Partial<Group> = {}): Group {
  const failed = noticing.length * 5;
  return { cluster, users, requests: 100, failed, noticing, cut: 0, slowestMs: 20, ...changes };
}

const failing = (checks: ReturnType<typeof judge>) => checks.filter(({ passed }) => !passed).map(({ what }) => what);

describe("a cluster that dies", () => {
  test("is noticed by all of its users and nobody else", () => {
    const groups = [group("free", 2), group("hackers", 2, ["a", "b"], { recoveredMs: 3_200, cut: 2 })];
    const checks = judge(NOTICE, "hackers", groups, true);
    expect(checks).toEqual([
      { what: "failed requests outside hackers", expected: "0", measured: "0", passed: true },
      { what: "WebSockets cut outside hackers", expected: "0", measured: "0", passed: true },
      { what: "users who notice", expected: "50 % (2 of 4)", measured: "50 % (2 of 4)", passed: true },
      { what: "all are served again", expected: "within 60 s", measured: "after 3.2 s", passed: true },
    ]);
  });

  test.each<[string, Group[], boolean, string[]]>([
    [
      "somebody else notices",
      [group("free", 2, ["c"]), group("hackers", 2, ["a", "b"])],
      true,
      ["failed requests outside hackers", "users who notice"],
    ],
    ["nobody notices", [group("free", 2), group("hackers", 2)], true, ["users who notice"]],
    [
      "somebody else notices instead",
      [group("free", 2, ["c"]), group("hackers", 2, ["a"])],
      true,
      ["failed requests outside hackers", "users who notice"],
    ],
    [
      "another's WebSocket is cut",
      [group("free", 2, [], { cut: 1 }), group("hackers", 2, ["a", "b"])],
      true,
      ["WebSockets cut outside hackers"],
    ],
    ["it does not come back", [group("hackers", 2, ["a", "b"])], false, ["all are served again"]],
    ["it comes back late", [group("hackers", 2, ["a", "b"], { recoveredMs: 60_001 })], true, ["all are served again"]],
  ])("breaks the promise where %s", (_, groups, recovered, expected) => {
    expect(failing(judge(NOTICE, "hackers", groups, recovered))).toEqual(expected);
  });
});

test("where nobody is to be harmed, every cluster counts, also the one that it happens to", () => {
  const checks = judge(UNHARMED, "hackers", [group("free", 2), group("hackers", 2, ["a"], { cut: 1 })], true);
  expect(failing(checks)).toEqual(["failed requests", "WebSockets cut"]);
  expect(judge(UNHARMED, undefined, [group("free", 2)], true).every(({ passed }) => passed)).toBe(true);
});

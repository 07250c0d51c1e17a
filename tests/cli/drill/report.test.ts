import { drillJson, drillText, hasPassed, summaryOf, type DrillReport } from "../../../cli/drill/report";

const REPORT: DrillReport = {
  drill: "kill-cluster",
  cluster: "hackers",
  summary: "every process of one cluster dies",
  seconds: 41.6,
  groups: [
    { cluster: "free", users: 2, requests: 160, failed: 0, noticing: [], cut: 0, slowestMs: 31 },
    {
      cluster: "hackers",
      users: 1,
      requests: 80,
      failed: 60,
      noticing: ["ann"],
      cut: 1,
      slowestMs: 1_240,
      detectedMs: 210,
      recoveredMs: 4_400,
    },
  ],
  checks: [{ what: "failed requests outside hackers", expected: "0", measured: "0", passed: true }],
  reasons: ["60 × connect ECONNREFUSED"],
  trouble: [],
};

const broken: DrillReport = {
  ...REPORT,
  checks: [{ what: "failed requests outside hackers", expected: "0", measured: "3", passed: false }],
};

test("tells what happened, to whom, why, and what was promised", () => {
  expect(drillText(REPORT)).toBe(
    [
      "kill-cluster hackers: every process of one cluster dies",
      "",
      "users of  users  requests  failed  users who notice  WebSockets cut  detected after  recovered after  slowest answer",
      "free      2      160       0       0                 0               -               -                0.0 s",
      "hackers   1      80        60      1                 1               0.2 s           4.4 s            1.2 s",
      "",
      "failures:",
      "  60 × connect ECONNREFUSED",
      "",
      "expectation                      expected  measured",
      "failed requests outside hackers  0         0         ok",
      "",
      "kill-cluster hackers passed in 42 s",
    ].join("\n"),
  );
});

test("fails where a promise was broken, where something came in between, and where nothing was looked at", () => {
  expect(hasPassed(REPORT)).toBe(true);
  expect(hasPassed(broken)).toBe(false);
  expect(hasPassed({ ...REPORT, trouble: ["the faults could not be lifted"] })).toBe(false);
  expect(hasPassed({ ...REPORT, checks: [] })).toBe(false);
  expect(drillText(broken)).toContain("kill-cluster hackers FAILED in 42 s");
});

test("several are summed up, a line each", () => {
  expect(summaryOf([REPORT, broken])).toBe(
    [
      "drill                 requests  failed  time",
      "kill-cluster hackers  240       60      42 s  passed",
      "kill-cluster hackers  240       60      42 s  FAILED",
    ].join("\n"),
  );
});

test("as JSON has all of it", () => {
  expect(drillJson(REPORT)).toEqual({
    drill: "kill-cluster",
    cluster: "hackers",
    passed: true,
    seconds: 41.6,
    clusters: REPORT.groups,
    checks: REPORT.checks,
    reasons: REPORT.reasons,
    trouble: [],
  });
});

import { emptyDigest } from "../../preview/digest";
import { changeLines } from "../../preview/changes";
import { reportJson } from "../../preview/json";
import { overallOutcome, type Outcome } from "../../preview/report";
import { columns, duration, summaryTable } from "../../preview/table";
import { describeUrn } from "../../preview/urn";
import { change, stackReport, urn } from "./events";

test("the summary has a line per failure domain in order, and their sum", () => {
  const free = stackReport("free", {
    digest: { ...emptyDigest, counts: { create: 12, update: 1, replace: 0, delete: 0, same: 40 } },
  });
  const table = summaryTable({ stacks: [free, stackReport("shared", { outcome: "skipped" })] });
  expect(table.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["failure domain", "create", "update", "replace", "delete", "same", "time"],
    ["free", "12", "1", "0", "0", "40", "succeeded", "1.3 s"],
    ["shared", "0", "0", "0", "0", "0", "skipped"],
    ["total", "12", "1", "0", "0", "40"],
  ]);
});

test("columns align", () => {
  expect(
    columns([
      ["a", "bb"],
      ["ccc", "d"],
    ]),
  ).toBe("a    bb\nccc  d");
});

test.each([
  [0.04, "0.0 s"],
  [59.94, "59.9 s"],
  [60, "1 min 0 s"],
  [185.4, "3 min 5 s"],
  [119.7, "2 min 0 s"],
])("%d seconds read %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

describe("changed resources", () => {
  const linesOf = (...changes: ReturnType<typeof change>[]) =>
    changeLines(stackReport("free", { digest: { ...emptyDigest, changes } })).slice(1);

  test("a replacement says why, and which comes first", () => {
    expect(linesOf(change("vm", { kind: "replace", reasons: ["machineType"] }))).toEqual([
      "  ± replace compute.Address vm: because of machineType, created before the old one is deleted",
    ]);
    expect(linesOf(change("vm", { kind: "replace", deleteFirst: true }))).toEqual([
      "  ± replace compute.Address vm: forced by the engine, deleted before the new one exists",
    ]);
  });

  test("an update names its properties, as many as can be read", () => {
    const paths = ["a", "b", "c", "d", "e", "f", "g", "h"];
    expect(linesOf(change("vm", { kind: "update", paths }))).toEqual([
      "  ~ update  compute.Address vm: a, b, c, d, e, f and 2 more",
    ]);
  });

  test("a violation names rule, level and resource", () => {
    const violation = {
      policy: "no-public-address",
      pack: "rules",
      level: "mandatory",
      urn: urn("vm"),
      message: "drop it",
    } as const;
    const lines = changeLines(stackReport("free", { digest: { ...emptyDigest, violations: [violation] } }));
    expect(lines).toContain("  policy no-public-address (mandatory) compute.Address vm: drop it");
  });

  test("a stack of which there is nothing to say is not mentioned", () => {
    expect(changeLines(stackReport("free"))).toEqual([]);
  });
});

test.each([
  [urn("edge"), "compute.Address edge"],
  [urn("api", "kubernetes:apps/v1:Deployment"), "kubernetes.Deployment api"],
  [urn("free", "platform:index:Cluster"), "Cluster free"],
])("%s reads %s", (resource, name) => {
  expect(describeUrn(resource)).toBe(name);
});

test.each<[Outcome[], Outcome]>([
  [["succeeded", "succeeded"], "succeeded"],
  [["succeeded", "violation", "skipped"], "violation"],
  [["violation", "failed"], "failed"],
  [["failed", "cancelled", "skipped"], "cancelled"],
])("outcomes %j come to %s", (outcomes, overall) => {
  expect(overallOutcome({ stacks: outcomes.map((outcome, index) => stackReport(`c${index}`, { outcome })) })).toBe(
    overall,
  );
});

test("JSON holds counts, changes and reasons per stack", () => {
  const digest = { ...emptyDigest, changes: [change("vm", { kind: "replace", reasons: ["zone"] })] };
  const json = reportJson({ environment: "prod", operation: "preview", stacks: [stackReport("free", { digest })] });
  expect(json).toMatchObject({
    environment: "prod",
    operation: "preview",
    outcome: "succeeded",
    stacks: [
      { stack: "prod.free", domain: "free", counts: digest.counts, changes: [{ name: "vm", reasons: ["zone"] }] },
    ],
  });
});

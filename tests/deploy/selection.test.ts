import { readEnvironmentFile } from "../../config";
import { UsageError } from "../../deploy/errors";
import { resumeCommand } from "../../deploy/resume";
import { selectTargets } from "../../deploy/selection";
import type { Operation, Outcome } from "../../preview/report";
import { stackReport } from "../preview/events";
import { committedFile } from "../support/environments";

const prod = readEnvironmentFile(committedFile("prod"));

function stacks(operation: Operation, names: string[] = [], shared = true): string[] {
  return selectTargets(prod, operation, { names, shared }).map(({ stack }) => stack);
}

describe("selection", () => {
  test("without names is everything, clusters in the file's order and then the shared stack", () => {
    for (const operation of ["preview", "up", "refresh"] as const)
      expect(stacks(operation)).toEqual(["prod.free", "prod.hackers", "prod"]);
  });

  test("destroys the shared stack, which refers to the clusters, first", () => {
    expect(stacks("destroy")).toEqual(["prod", "prod.free", "prod.hackers"]);
  });

  test("of clusters takes the shared stack along, each once and in the file's order", () => {
    expect(stacks("up", ["hackers", "free", "hackers"])).toEqual(["prod.free", "prod.hackers", "prod"]);
  });

  test("of clusters does not destroy the shared stack unless it is named", () => {
    expect(stacks("destroy", ["hackers"])).toEqual(["prod.hackers"]);
    expect(stacks("destroy", ["hackers", "shared"])).toEqual(["prod", "prod.hackers"]);
  });

  test("of the shared stack alone is that alone", () => {
    expect(stacks("up", ["shared"])).toEqual(["prod"]);
  });

  test("can leave the shared stack out", () => {
    expect(stacks("up", ["free"], false)).toEqual(["prod.free"]);
    expect(stacks("destroy", [], false)).toEqual(["prod.free", "prod.hackers"]);
  });

  test("names an unknown cluster, the nearest and the known ones", () => {
    expect(() => stacks("up", ["hakers"])).toThrow(
      new UsageError('environment prod has no cluster "hakers" (did you mean "hackers"?); clusters: free, hackers'),
    );
  });

  test("that names and excludes the shared stack at once is refused", () => {
    expect(() => stacks("up", ["shared"], false)).toThrow(/--no-shared/);
  });
});

describe("the command to go on with", () => {
  const after = (operation: Operation, outcomes: Record<string, Outcome>, options: string[] = []): string | undefined =>
    resumeCommand(
      {
        environment: "prod",
        operation,
        stacks: Object.entries(outcomes).map(([domain, outcome]) => stackReport(domain, { outcome })),
      },
      options,
    );

  test("names what failed and what was not begun, with the options of the run", () => {
    expect(after("up", { free: "succeeded", hackers: "failed", shared: "skipped" }, ["--cloud", "records"])).toBe(
      "clusters up prod hackers shared --cloud records",
    );
  });

  test("leaves the shared stack out when the run did, or when it is done", () => {
    expect(after("up", { free: "succeeded", hackers: "cancelled" })).toBe("clusters up prod hackers --no-shared");
  });

  test("destroys no more than was asked for", () => {
    expect(after("destroy", { hackers: "failed" })).toBe("clusters destroy prod hackers");
  });

  test.each<[Operation, Record<string, Outcome>]>([
    ["up", { free: "succeeded", hackers: "failed", shared: "skipped" }],
    ["up", { free: "failed", hackers: "skipped" }],
    ["up", { free: "succeeded", shared: "failed" }],
    ["destroy", { shared: "succeeded", free: "failed", hackers: "skipped" }],
  ])("of %s after %j selects exactly what is open", (operation, outcomes) => {
    const words = after(operation, outcomes)?.split(" ").slice(3) ?? [];
    const names = words.filter((word) => !word.startsWith("--"));
    const selected = selectTargets(prod, operation, { names, shared: !words.includes("--no-shared") }).map(
      ({ domain }) => domain,
    );
    const open = Object.keys(outcomes).filter((domain) => outcomes[domain] !== "succeeded");
    expect([...selected].sort()).toEqual([...open].sort());
  });

  test("is none when everything is done", () => {
    expect(after("up", { free: "succeeded" })).toBeUndefined();
  });
});

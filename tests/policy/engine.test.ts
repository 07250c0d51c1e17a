import * as gcp from "@pulumi/gcp";
import * as kubernetes from "@pulumi/kubernetes";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { kubeconfig } from "../../components/resolution-service/kubeconfig";
import { rules } from "../../policy/rules";
import type { StackReport } from "../../preview/report";
import { committedFile, sectionsOf, writeEnvironment } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";
import { clusterExamples } from "./examples/cluster-stack";
import type { Examples } from "./examples/example";
import { sharedExamples } from "./examples/shared-stack";
import { EngineJudge, violationsOf } from "./support/judge-on-engine";

/** Each run starts the engine, two providers and the pack. */
jest.setTimeout(120_000);

/** Broken by configuration rather than by a resource. */
const BY_CONFIGURATION = "tombstone-grace";
const PROJECT = "acme-hosting-prod";

/** A program that registers examples, each under the name of the rule that it breaks. */
const programOf =
  (examples: Examples, withCluster: boolean): PulumiFn =>
  () => {
    const google = new gcp.Provider("google", { project: PROJECT, region: "europe-west1" });
    const access = kubeconfig({ name: "example", endpoint: "gke-example.europe-west1.gke.goog" });
    const cluster = withCluster ? { cluster: new kubernetes.Provider("cluster", { kubeconfig: access }) } : {};
    for (const [rule, example] of Object.entries(examples)) example(rule, { google, ...cluster });
    return Promise.resolve();
  };

let judge: EngineJudge;

beforeAll(async () => {
  judge = await EngineJudge.open(tempDir(), committedFile("prod"), ["prod", "prod.free"]);
});

// Two hooks, so that the folders go even when there was no engine to begin with.
afterAll(() => judge.close());
afterAll(removeTempDirs);

function errorsOf({ digest }: StackReport): string[] {
  return digest.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
}

it("has an example for every rule", () => {
  const broken = [...Object.keys(clusterExamples), ...Object.keys(sharedExamples), BY_CONFIGURATION];
  expect(broken.sort()).toEqual(rules.map(({ name }) => name).sort());
});

describe.each([
  ["a cluster's stack", "prod.free", clusterExamples, false],
  ["the shared stack", "prod", sharedExamples, true],
])("the engine, given %s", (_kind, stack, examples, withCluster) => {
  let report: StackReport;
  beforeAll(async () => {
    report = await judge.run("preview", stack, programOf(examples, withCluster));
  });

  it("refuses it, for its violations alone", () => {
    expect(errorsOf(report)).toEqual([]);
    expect(report.outcome).toBe("violation");
  });

  it.each(Object.keys(examples))("reports %s on the resource that breaks it", (rule) => {
    expect(violationsOf(report)).toContain(`${rule}: ${rule}`);
  });

  it("blocks on each of them and says the remedy", () => {
    for (const { policy, level, message } of report.digest.violations) {
      expect(level).toBe("mandatory");
      expect(message).toContain(rules.find(({ name }) => name === policy)?.remedy);
    }
  });
});

it("refuses an environment whose grace resolvers outlast", async () => {
  const hastyFolder = tempDir();
  const file = writeEnvironment(hastyFolder, "prod", sectionsOf("prod", { "domain.grace": 60 }));
  const other = await EngineJudge.open(hastyFolder, file, ["prod"]);
  const report = await other.run("preview", "prod", () => Promise.resolve());
  expect(violationsOf(report)).toEqual([`${BY_CONFIGURATION}: platform-prod`]);
});

it("creates nothing that a rule about the resource refuses", async () => {
  const refused = { labels: clusterExamples.labels ?? (() => undefined) };
  const report = await judge.run("up", "prod.free", programOf(refused, false));
  expect(report.outcome).toBe("violation");
  expect(report.digest.counts.create).toBe(0);
});

it.each(["prod.free", "prod"])("finds nothing wrong with this repository's own %s", async (stack) => {
  const report = await judge.run("preview", stack, await judge.program());
  expect(violationsOf(report)).toEqual([]);
  expect(errorsOf(report)).toEqual([]);
});

import { EngineError, type EngineProcesses } from "../../deploy/engine-process";
import type { Site } from "../../deploy/site";
import { listStacks } from "../../deploy/stacks";

const SITE: Site = {
  cloud: "records",
  workDir: "/nowhere",
  configFile: "/nowhere/Pulumi.prod.yaml",
  variables: {},
  backend: "/nowhere",
  stateDir: undefined,
};
/** What the engine says when a file is gone between the listing of its folder and the look at it. */
const CHANGED = "error: list bucket: blob (code=NotFound): lstat /state/prod.c47.json.tmp: no such file or directory";
const LISTED = { stdout: JSON.stringify([{ name: "prod.free", resourceCount: 3, lastUpdate: "2026-11-23" }]) };

/** An engine that fails so many times, then answers. */
function engine(failures: number, message: string): { processes: EngineProcesses; calls: () => number } {
  let calls = 0;
  const run = () =>
    ++calls <= failures ? Promise.reject(new EngineError("", message, 255)) : Promise.resolve({ ...LISTED });
  return { processes: { run } as unknown as EngineProcesses, calls: () => calls };
}

test("a backend that another update writes to is listed again", async () => {
  const stacks = await listStacks(engine(2, CHANGED).processes, SITE);
  expect([...stacks.keys()]).toEqual(["prod.free"]);
});

test("the listing is given up after five attempts", async () => {
  const { processes, calls } = engine(100, CHANGED);
  await expect(listStacks(processes, SITE)).rejects.toThrow("list bucket");
  expect(calls()).toBe(5);
});

test("any other failure is told at once", async () => {
  const { processes, calls } = engine(1, "error: PULUMI_ACCESS_TOKEN must be set");
  await expect(listStacks(processes, SITE)).rejects.toThrow();
  expect(calls()).toBe(1);
});

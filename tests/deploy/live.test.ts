/** The command and an environment's local cloud, which is a fake one: when it runs, and when it does not. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalCloud } from "../../deploy/local-cloud";
import { removeTempDirs } from "../support/temp-dir";
import { FAKE_LOCAL_CLOUD } from "../support/tiny/project";
import { workbench, type Workbench } from "../support/tiny/workbench";

jest.setTimeout(240_000);
afterAll(removeTempDirs);

const SMALL = {
  "prod.free": { edge: { size: 1 } },
  "prod.hackers": { edge: { size: 1 } },
  prod: { zone: { size: 1 } },
};

const cloudOf = ({ sandbox }: Workbench) =>
  new LocalCloud(join(sandbox, "prod", "cloud"), join(sandbox, "prod", "logs", "local-cloud.log"), FAKE_LOCAL_CLOUD);

test("it runs from the first update to the end of the last stack, and outlives the command", async () => {
  const bench = workbench();
  const cloud = cloudOf(bench);
  bench.program(SMALL);
  const preview = await bench.run("preview", "prod", "free", "--no-shared", "--cloud", "local");
  expect([preview.code, await cloud.health()]).toEqual([0, undefined]);

  const up = await bench.run("up", "prod", "free", "hackers", "--no-shared", "--cloud", "local", "--skip-preview");
  expect(up.code).toBe(0);
  expect(up.stderr).toContain("starting the local cloud");
  const running = await cloud.health();
  expect(running).toBeDefined();

  const partly = await bench.run("destroy", "prod", "free", "--cloud", "local", "--yes");
  expect([partly.code, (await cloud.health())?.pid]).toEqual([0, running?.pid]);
  const rest = await bench.run("destroy", "prod", "hackers", "--cloud", "local", "--yes");
  expect(rest.code).toBe(0);
  expect(rest.stderr).toContain("stopping the local cloud");
  expect(await cloud.health()).toBeUndefined();
});

test("where it does not start nothing is changed, and its own words say why", async () => {
  const bench = workbench();
  bench.program(SMALL);
  await bench.run("list", "prod", "--cloud", "local");
  writeFileSync(join(bench.sandbox, "prod", "fail"), "Knot is not installed");
  const { code, stderr } = await bench.run("up", "prod", "free", "--no-shared", "--cloud", "local", "--skip-preview");
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error: the local cloud ended as it started; the end of its log, .*:\nKnot is not installed$/m,
  );
});

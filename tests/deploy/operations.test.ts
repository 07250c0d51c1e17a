/** The command on a tiny project and the real engine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { removeTempDirs } from "../support/temp-dir";
import { workbench } from "../support/tiny/workbench";

jest.setTimeout(180_000);
afterAll(removeTempDirs);

interface Stack {
  readonly domain: string;
  readonly outcome: string;
  readonly counts: Record<string, number>;
  readonly changes: readonly Record<string, unknown>[];
}

const stacksOf = (stdout: string): Stack[] => (JSON.parse(stdout) as { stacks: Stack[] }).stacks;
const outcomesOf = (stdout: string) =>
  Object.fromEntries(stacksOf(stdout).map(({ domain, outcome }) => [domain, outcome]));

const SMALL = {
  "prod.free": { edge: { size: 1, shape: "x" } },
  "prod.hackers": { edge: { size: 1 } },
  prod: { zone: { size: 1 } },
};

test("an environment comes up cluster by cluster, a second run changes nothing, and a preview shows what a change does", async () => {
  const bench = workbench();
  const userFile = join(bench.root, "Pulumi.prod.yaml");
  const text = readFileSync(userFile, "utf8");
  bench.program(SMALL);

  const first = await bench.run("up", "prod", "--cloud", "records", "--json");
  expect(first.code).toBe(0);
  expect(stacksOf(first.stdout).map(({ domain, counts }) => [domain, counts.create])).toEqual([
    ["free", 1],
    ["hackers", 1],
    ["shared", 1],
  ]);
  const updates = first.stderr.split("\n").filter((line) => line.endsWith("updating"));
  expect(updates.map((line) => line.split(" ")[0])).toEqual(["free", "hackers", "shared"]);

  const second = await bench.run("up", "prod", "--cloud", "records", "--skip-preview", "--json");
  expect(stacksOf(second.stdout).map(({ counts }) => counts)).toEqual(
    Array(3).fill({ create: 0, update: 0, replace: 0, delete: 0, same: 1 }),
  );

  bench.program({ ...SMALL, "prod.free": { edge: { size: 1, shape: "y" } }, prod: { zone: { size: 2 } } });
  const markdown = join(bench.root, "summary.md");
  const preview = await bench.run("preview", "prod", "--cloud", "records", "--markdown", markdown);
  expect(preview.code).toBe(0);
  expect(preview.stdout).toContain("± replace Thing edge: because of shape, created before the old one is deleted");
  expect(preview.stdout).toContain("~ update  Thing zone");
  expect(preview.stdout).toMatch(/^hackers +0 +0 +0 +0 +1 +succeeded/m);
  expect(readFileSync(markdown, "utf8")).toContain("- **replace** `Thing edge`: because of shape");

  expect(readFileSync(userFile, "utf8")).toBe(text);
});

test("a policy violation stops an update before anything is changed", async () => {
  const bench = workbench();
  bench.program({ ...SMALL, "prod.hackers": { edge: { size: 1_000 } } });
  const { code, stdout, stderr } = await bench.run("up", "prod", "--cloud", "records");
  expect(code).toBe(3);
  expect(stdout).toContain(
    "policy size-limit (mandatory) Thing edge: edge of prod.hackers in acme-hosting-prod is too large. Remedy: make it smaller.",
  );
  expect(stderr).toContain("Nothing was changed");
  const list = await bench.run("list", "prod", "--cloud", "records", "--json");
  expect((JSON.parse(list.stdout) as { stacks: object[] }).stacks).toMatchObject(
    Array(3).fill({ deployed: false, resources: 0 }),
  );
});

test("a policy holds in updates too, not only in previews", async () => {
  const bench = workbench();
  bench.program({ "prod.free": { edge: { size: 1_000 } } });
  const { code, stdout } = await bench.run("up", "prod", "free", "--no-shared", "--cloud", "records", "--skip-preview");
  expect(code).toBe(3);
  expect(stdout).toContain("policy size-limit");
});

test("a cluster that fails stops what follows and says how to go on; the next run completes", async () => {
  const bench = workbench();
  bench.program({ ...SMALL, "prod.hackers": { edge: { size: 1, fail: "quota exceeded" } } });
  const broken = await bench.run("up", "prod", "--cloud", "records", "--skip-preview", "--json");
  expect(broken.code).toBe(1);
  expect(outcomesOf(broken.stdout)).toEqual({ free: "succeeded", hackers: "failed", shared: "skipped" });
  expect(stacksOf(broken.stdout)[1]).toMatchObject({
    changes: [{ name: "edge", failed: true }],
    diagnostics: [{ message: "quota exceeded" }],
  });
  expect(broken.stderr).toContain(
    "Done: free. Not begun: shared. To go on:\n  clusters up prod hackers shared --cloud records",
  );

  bench.program(SMALL);
  const next = await bench.run("up", "prod", "hackers", "shared", "--cloud", "records", "--skip-preview", "--json");
  expect(next.code).toBe(0);
  expect(outcomesOf(next.stdout)).toEqual({ hackers: "succeeded", shared: "succeeded" });
});

test("an update whose provider died is completed by the next one", async () => {
  const bench = workbench();
  bench.program({ "prod.free": { before: { size: 1 } } });
  await bench.run("up", "prod", "free", "--no-shared", "--cloud", "records", "--skip-preview");
  bench.program({ "prod.free": { before: { size: 1 }, edge: { size: 1, die: true } } });
  const broken = await bench.run("up", "prod", "free", "--no-shared", "--cloud", "records", "--skip-preview");
  expect(broken.code).toBe(1);
  bench.program({ "prod.free": { before: { size: 1 }, edge: { size: 1 } } });
  const next = await bench.run("up", "prod", "free", "--no-shared", "--cloud", "records", "--skip-preview", "--json");
  expect(next.code).toBe(0);
  expect(stacksOf(next.stdout)[0]?.counts).toMatchObject({ create: 1, update: 0, delete: 0, same: 1 });
});

test("everything is destroyed with the shared stack first, and what is protected stops it with its name", async () => {
  const bench = workbench();
  bench.program({ ...SMALL, "prod.free": { keep: { size: 1, protect: true } } });
  await bench.run("up", "prod", "--cloud", "records", "--skip-preview");
  const refused = await bench.run("destroy", "prod", "--cloud", "records", "--yes", "--json");
  expect(refused.code).toBe(1);
  expect(stacksOf(refused.stdout).map(({ domain, outcome }) => [domain, outcome])).toEqual([
    ["shared", "succeeded"],
    ["free", "failed"],
    ["hackers", "skipped"],
  ]);
  expect(stacksOf(refused.stdout)[1]).toMatchObject({
    diagnostics: [{ message: expect.stringMatching(/keep.*protected/s) as string }],
  });

  bench.program({ ...SMALL, "prod.free": { keep: { size: 1 } } });
  await bench.run("up", "prod", "free", "--no-shared", "--cloud", "records", "--skip-preview");
  const done = await bench.run("destroy", "prod", "--cloud", "records", "--yes", "--json");
  expect(done.code).toBe(0);
  expect(stacksOf(done.stdout).map(({ counts }) => counts.delete)).toEqual([0, 1, 1]);
});

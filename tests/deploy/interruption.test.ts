/** Ctrl-C, kills, and what they leave behind, on the real engine. */
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../deploy/process-tree";
import { readProcess } from "../../sandbox/cloud/processes/process-table";
import { endAll, processesOf } from "../support/processes";
import { removeTempDirs } from "../support/temp-dir";
import { workbench, type Workbench } from "../support/tiny/workbench";
import { until } from "../support/until";

jest.setTimeout(180_000);
afterAll(removeTempDirs);

const OPTIONS = ["--no-shared", "--cloud", "records", "--skip-preview"];
const UP = ["up", "prod", "free", ...OPTIONS];
const UP_TWO = ["up", "prod", "free", "hackers", ...OPTIONS];

/** A program whose first cluster has a step that lasts until `gate` exists; the provider then waits with that number. */
async function untilHeld(gate: string): Promise<number> {
  const pid = await until(
    "the slow step to begin",
    () => existsSync(`${gate}.waiting`) && readFileSync(`${gate}.waiting`, "utf8"),
  );
  return Number(pid);
}

function slowBench(): { bench: Workbench; gate: string } {
  const bench = workbench();
  const gate = join(bench.root, "gate");
  bench.program({
    "prod.free": { first: { size: 1 }, slow: { size: 1, waitFor: gate } },
    "prod.hackers": { edge: { size: 1 } },
  });
  return { bench, gate };
}

function enginesOf(bench: Workbench): string[] {
  return processesOf(bench.root).flatMap(({ command }) => (command.includes("pulumi") ? [command] : []));
}

function parentOf(pid: number): number {
  const found = readProcess(pid);
  if (found === undefined) throw new Error(`there is no process ${pid}`);
  return found.parent;
}

function locksOf(bench: Workbench): string[] {
  const dir = join(bench.sandbox, "prod.records", "state", ".pulumi", "locks");
  return existsSync(dir)
    ? readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".json"))
    : [];
}

async function expectNextRunToComplete(bench: Workbench, gate: string, up = UP): Promise<string> {
  writeFileSync(gate, "");
  const next = await bench.run(...up, "--json");
  if (next.code !== 0) throw new Error(`the next run exited with ${next.code}:\n${next.stderr}\n${next.stdout}`);
  const { stacks } = JSON.parse(next.stdout) as { stacks: { domain: string; outcome: string }[] };
  const clusters = up.filter((word) => ["free", "hackers"].includes(word));
  expect(stacks).toMatchObject(clusters.map((domain) => ({ domain, outcome: "succeeded" })));
  return next.stderr;
}

test("one interrupt lets the step under way end, starts nothing more, and leaves neither lock nor process", async () => {
  const { bench, gate } = slowBench();
  const running = bench.start(...UP_TWO);
  const provider = await untilHeld(gate);
  running.child.kill("SIGINT");
  writeFileSync(gate, "");
  const { code, stdout, stderr } = await running.finished;
  expect(code).toBe(130);
  expect(stdout).toMatch(/^free .*cancelled/m);
  expect(stdout).toMatch(/^hackers .*skipped/m);
  expect(stderr).toContain("clusters up prod free hackers --no-shared --cloud records");
  await until("the provider to end", () => !isAlive(provider));
  expect(enginesOf(bench)).toEqual([]);
  expect(locksOf(bench)).toEqual([]);
  await expectNextRunToComplete(bench, gate, UP_TWO);
});

test("a second interrupt ends at once, and the next run puts the open step right", async () => {
  const { bench, gate } = slowBench();
  const running = bench.start(...UP);
  const provider = await untilHeld(gate);
  running.child.kill("SIGTERM");
  let said = "";
  running.child.stderr?.on("data", (text: string) => (said += text));
  await until("the first signal to be seen", () => said.includes("interrupt again"));
  running.child.kill("SIGINT");
  expect((await running.finished).code).toBe(130);
  await until("the provider to end", () => !isAlive(provider));
  expect(enginesOf(bench)).toEqual([]);
  expect(locksOf(bench)).toEqual([]);
  // Of two: the engine may not have noted yet that the first step is done.
  expect(await expectNextRunToComplete(bench, gate)).toMatch(/an earlier run was cut off in [12] steps/);
});

test("a terminal that is closed ends the run as an interrupt does, with nobody to read what it says", async () => {
  const { bench, gate } = slowBench();
  const running = bench.startInTerminal(...UP, "--yes");
  const provider = await untilHeld(gate);
  running.child.kill("SIGKILL");
  writeFileSync(gate, "");
  try {
    await until("the end of every process", () => !isAlive(provider) && processesOf(bench.root).length === 0);
  } finally {
    await endAll(processesOf(bench.root));
  }
  expect(locksOf(bench)).toEqual([]);
  expect(await expectNextRunToComplete(bench, gate)).not.toContain("cut off");
});

test("a reader that has seen enough ends nothing", async () => {
  const bench = workbench();
  bench.program({ "prod.free": { first: { size: 1 } } });
  const { child, finished } = bench.start(...UP);
  child.stdout?.destroy();
  child.stderr?.destroy();
  expect((await finished).code).toBe(0);
});

test("an engine that does not end at a second interrupt is killed, and its lock goes with it", async () => {
  const { bench, gate } = slowBench();
  const running = bench.start(...UP);
  const provider = await untilHeld(gate);
  process.kill(parentOf(provider), "SIGSTOP");
  running.child.kill("SIGINT");
  running.child.kill("SIGTERM");
  const { code, stderr } = await running.finished;
  expect(code).toBe(130);
  await until("the provider to end", () => !isAlive(provider));
  expect(enginesOf(bench)).toEqual([]);
  expect(locksOf(bench)).toEqual([]);
  expect(stderr).toContain("ending at once");
  await expectNextRunToComplete(bench, gate);
});

test("what an engine was killed while writing does not keep the next run from reading the rest", async () => {
  const bench = workbench();
  bench.program({ "prod.free": { first: { size: 1 } } });
  expect((await bench.run(...UP)).code).toBe(0);
  const stacks = join(bench.sandbox, "prod.records", "state", ".pulumi", "stacks", "platform");
  const [attributes] = readdirSync(stacks).filter((name) => name.endsWith(".json.attrs"));
  truncateSync(join(stacks, attributes ?? "none"));
  expect((await bench.run("list", "prod", "--cloud", "records")).code).toBe(0);
});

test("the lock of an engine that was killed does not block the next run", async () => {
  const { bench, gate } = slowBench();
  const running = bench.start(...UP);
  const provider = await untilHeld(gate);
  const engine = parentOf(provider);
  process.kill(engine, "SIGKILL");
  const { code } = await running.finished;
  process.kill(provider, "SIGKILL");
  expect(code).toBe(1);
  expect(locksOf(bench)).toHaveLength(1);
  expect(await expectNextRunToComplete(bench, gate)).toContain(`removed the lock of process ${engine}`);
  expect(locksOf(bench)).toEqual([]);
});

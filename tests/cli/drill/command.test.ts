/** The drills' command, as far as it gets without a sandbox. */
import { DRILLS } from "../../../cli/drill/drills";
import { lockDrills } from "../../../cli/drill/lock";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../in-process";

afterAll(removeTempDirs);

const drill = (...args: string[]) => run(["drill", ...args], { CLUSTERS_SANDBOX_DIR: tempDir(), NO_COLOR: "1" });

test("lists what there is", async () => {
  const { code, stdout } = await drill("--list");
  expect(code).toBe(0);
  expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([
    "drill",
    "kill-cluster",
    "kill-resolution",
    "kill-dns",
    "kill-database",
    "evacuate",
    "move-under-load",
    "bad-release",
    "partition",
    "",
  ]);
  const { stdout: json } = await drill("--list", "--json");
  expect((JSON.parse(json) as { name: string }[]).map(({ name }) => name)).toEqual(DRILLS.map(({ name }) => name));
});

test.each([
  [[], "error: say which drill; clusters drill --list shows those there are"],
  [["kill-custer"], 'error: there is no drill "kill-custer" (did you mean "kill-cluster"?)'],
  [["kill-dns"], "error: the local cloud of sandbox does not run; start it with: make sandbox"],
  [["kill-dns", "--environment", "prod"], "error: prod does not live on the local cloud"],
])("%j is refused, and nothing is touched", async (words, message) => {
  const { code, stderr } = await drill(...words);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

describe("one drill at a time", () => {
  test("another that lives is waited for by the person", () => {
    const file = join(tempDir(), "drill.pid");
    writeFileSync(file, String(process.ppid));
    expect(() => lockDrills(file)).toThrow(`another drill is under way (process ${process.ppid})`);
  });

  test("one that died does not hold, and the end lets go", () => {
    const file = join(tempDir(), "drill.pid");
    writeFileSync(file, "999999999");
    const unlock = lockDrills(file);
    expect(existsSync(file)).toBe(true);
    unlock();
    expect(existsSync(file)).toBe(false);
  });
});

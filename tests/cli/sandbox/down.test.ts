/** Taking the sandbox away, with a fake local cloud in place of the real one. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LocalCloud } from "../../../deploy/local-cloud";
import { isAlive } from "../../../deploy/process-tree";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { FAKE_LOCAL_CLOUD } from "../../support/tiny/project";
import { run } from "../in-process";

afterAll(removeTempDirs);

test("ends what runs, removes what is on disk, and what PostgreSQL keeps elsewhere", async () => {
  const [root, elsewhere] = [tempDir(), tempDir()];
  const directory = join(root, "sandbox");
  const cloud = new LocalCloud(join(directory, "cloud"), join(directory, "logs", "local-cloud.log"), FAKE_LOCAL_CLOUD);
  const { pid } = await cloud.start({ notify: () => undefined, check: () => undefined });
  const instance = join(directory, "cloud", "sql", "resolution");
  mkdirSync(instance, { recursive: true });
  writeFileSync(join(instance, "location"), `${elsewhere}\n`);
  const { code, stdout } = await run(["sandbox", "--down"], { CLUSTERS_SANDBOX_DIR: root });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `the sandbox is gone, and so is ${directory}\n` });
  expect(isAlive(pid)).toBe(false);
  expect([existsSync(directory), existsSync(elsewhere)]).toEqual([false, false]);
});

test("works where nothing runs any more, and where nothing is there", async () => {
  const root = tempDir();
  mkdirSync(join(root, "sandbox", "cloud", "processes"), { recursive: true });
  expect((await run(["sandbox", "--down"], { CLUSTERS_SANDBOX_DIR: root })).code).toBe(0);
  expect(existsSync(join(root, "sandbox"))).toBe(false);
  const { code, stdout } = await run(["sandbox", "--down", "--json"], { CLUSTERS_SANDBOX_DIR: root });
  expect({ code, result: JSON.parse(stdout) as unknown }).toEqual({
    code: 0,
    result: { existed: false, directory: join(root, "sandbox") },
  });
});

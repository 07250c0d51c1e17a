import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SemVer } from "semver";
import { findEngine, fits } from "../../deploy/engine";
import { removeTempDirs, tempDir } from "../support/temp-dir";

afterAll(removeTempDirs);

/** An engine that can only say its version. */
function fakeEngine(path: string, version: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho ${version}\n`);
  chmodSync(path, 0o755);
  return path;
}

const built = (cache: string): string => join(cache, "failure-domains", "engine-v3.255.0", "bin", "pulumi");

test("the engine on PATH is used when its version fits", async () => {
  const dir = tempDir();
  const path = fakeEngine(join(dir, "pulumi"), "v3.260.1");
  const engine = await findEngine({ PATH: dir, XDG_CACHE_HOME: tempDir() });
  expect(engine).toMatchObject({ path, hasNodeHost: false });
  expect(engine.version.version).toBe("3.260.1");
});

test("an engine that comes with the host for Node programs is told from one that does not", async () => {
  const dir = tempDir();
  fakeEngine(join(dir, "pulumi"), "v3.260.1");
  fakeEngine(join(dir, "pulumi-language-nodejs"), "");
  expect(await findEngine({ PATH: dir, XDG_CACHE_HOME: tempDir() })).toMatchObject({ hasNodeHost: true });
});

test("the built engine is used when the one on PATH does not fit", async () => {
  const dir = tempDir();
  const cache = tempDir();
  fakeEngine(join(dir, "pulumi"), "v3.100.0");
  const path = fakeEngine(built(cache), "v3.255.0");
  expect(await findEngine({ PATH: dir, XDG_CACHE_HOME: cache })).toMatchObject({ path });
});

test("without an engine the message says how to get one", async () => {
  await expect(findEngine({ PATH: tempDir(), XDG_CACHE_HOME: tempDir() })).rejects.toThrow(
    /no Pulumi engine was found.*make engine.*Go/,
  );
});

test("an engine that does not fit is named with its version", async () => {
  const dir = tempDir();
  fakeEngine(join(dir, "pulumi"), "v2.0.0");
  await expect(findEngine({ PATH: dir, XDG_CACHE_HOME: tempDir() })).rejects.toThrow(/pulumi is 2\.0\.0/);
});

test.each([
  ["3.247.9", false],
  ["3.248.0", true],
  ["3.999.0", true],
  ["4.0.0", false],
])("version %s fits: %s", (version, expected) => {
  expect(fits(new SemVer(version))).toBe(expected);
});

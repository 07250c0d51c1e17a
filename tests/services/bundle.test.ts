/** What an image runs is one file and what stands beside it: it starts where there is no package. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { bundle, BUNDLE } from "../../tools/bundle";
import { images } from "../../tools/images";
import { start } from "../support/command";
import { REPOSITORY } from "../support/environments";
import { removeTempDirs, tempDir } from "../support/temp-dir";

jest.setTimeout(60_000);
afterAll(removeTempDirs);

const bundled = Object.entries(images).flatMap(([name, { service }]) =>
  service === undefined ? [] : [{ name, service }],
);

test.each(bundled)("the bundle of $name starts anywhere, and says which settings it lacks", async ({ service }) => {
  const folder = tempDir();
  await bundle(service, folder);
  const { code, stdout, stderr } = await start(process.execPath, [join(folder, BUNDLE)], {}, folder).finished;
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^[A-Z_]+ is not set: set /);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test.each(bundled)("the bundle of $name has its assets beside it, and nothing else", async ({ service }) => {
  const folder = tempDir();
  await bundle(service, folder);
  expect(readdirSync(folder).sort()).toEqual([BUNDLE, ...service.assets.map((asset) => basename(asset))].sort());
  for (const asset of service.assets) {
    expect(readdirSync(join(folder, basename(asset)))).toEqual(readdirSync(join(REPOSITORY, asset)));
  }
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readEnvironmentFile } from "../../../config";
import { withRelease } from "../../../cli/drill/acts/bad-release";
import { committedFile, writeText } from "../../support/environments";
import { removeTempDirs, tempDir } from "../../support/temp-dir";

afterAll(removeTempDirs);

test("one cluster gets another release, and nothing else of the configuration changes", () => {
  const text = readFileSync(committedFile("sandbox"), "utf8");
  const file = writeText(tempDir(), "sandbox", withRelease(text, "free2", "broken"));
  const [before, after] = [committedFile("sandbox"), join(file)].map((path) => readEnvironmentFile(path, "sandbox"));
  expect(after?.clusters.free2?.release).toBe("broken");
  expect(after).toEqual({
    ...before,
    clusters: { ...before?.clusters, free2: { ...before?.clusters.free2, release: "broken" } },
  });
});

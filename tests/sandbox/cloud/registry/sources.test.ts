import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sourcesHash } from "../../../../sandbox/cloud/registry/sources";
import { removeTempDirs, tempDir } from "../../../support/temp-dir";

afterEach(removeTempDirs);

function checkout(): string {
  const root = tempDir();
  for (const folder of ["services/edge", "config", "tools", "docs"]) mkdirSync(join(root, folder), { recursive: true });
  for (const file of [
    "package-lock.json",
    "tools/bundle.ts",
    "tools/images.ts",
    "config/names.ts",
    "services/edge/a.ts",
  ]) {
    writeFileSync(join(root, file), file);
  }
  return root;
}

describe("the hash of the images' sources", () => {
  it("is the same for the same sources, wherever they are", () => {
    expect(sourcesHash(checkout())).toBe(sourcesHash(checkout()));
  });

  it.each(["services/edge/a.ts", "config/names.ts", "package-lock.json", "tools/bundle.ts", "tools/images.ts"])(
    "is another when %s changes",
    (file) => {
      const root = checkout();
      const before = sourcesHash(root);
      writeFileSync(join(root, file), "changed");
      expect(sourcesHash(root)).not.toBe(before);
    },
  );

  it("is another when a file has another name", () => {
    const root = checkout();
    const before = sourcesHash(root);
    renameSync(join(root, "services/edge/a.ts"), join(root, "services/edge/b.ts"));
    expect(sourcesHash(root)).not.toBe(before);
  });

  it("does not look at what is in no image", () => {
    const root = checkout();
    const before = sourcesHash(root);
    writeFileSync(join(root, "docs", "edge.md"), "words");
    expect(sourcesHash(root)).toBe(before);
  });
});

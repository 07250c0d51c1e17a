import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEnvironmentFile } from "../../config";
import { codeBlocks, readPage, ROOT } from "./pages";

const MARK = "# Pulumi.prod.yaml, in platform:clusters";
const production = join(ROOT, "Pulumi.prod.yaml");

/** The lines of the entry as the page shows them, ready to be pasted. */
function entryOf(path: string): string[] {
  const blocks = codeBlocks(readPage(path)).filter(({ lines }) => lines[0] === MARK);
  expect(blocks).toHaveLength(1);
  return (blocks[0]?.lines ?? []).slice(1);
}

describe.each(["README.md", "docs/add-a-cluster.md"])("the cluster that %s adds", (path) => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "docs-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is one entry of less than 15 lines", () => {
    expect(entryOf(path).length).toBeLessThan(15);
  });

  it("is accepted as it stands, and leaves everything else alone", () => {
    const file = join(folder, "Pulumi.prod.yaml");
    const section = "  platform:clusters:\n";
    const before = readFileSync(production, "utf8");
    writeFileSync(file, before.replace(section, `${section}${entryOf(path).join("\n")}\n`));

    const { clusters, ...rest } = readEnvironmentFile(file);
    const { clusters: known, ...unchanged } = readEnvironmentFile(production);
    expect(Object.keys(clusters)).toHaveLength(Object.keys(known).length + 1);
    expect(clusters).toMatchObject(known);
    expect(rest).toEqual(unchanged);
  });
});

/** The page is plain JavaScript: this checks that it fits the snapshot that the server sends, which has types. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { REPOSITORY } from "../../support/environments";

test("the page's scripts use what the snapshot has, and nothing else", () => {
  const folder = join(REPOSITORY, "cli", "status-page", "page");
  const scripts = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
  expect(scripts).toContain("render.mjs");
  const program = ts.createProgram(
    scripts.map((name) => join(folder, name)),
    {
      allowJs: true,
      checkJs: true,
      noEmit: true,
      strict: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      noImplicitOverride: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.Node16,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
      types: ["node"],
    },
  );
  const faults = scripts.flatMap((name) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(join(folder, name))),
  );
  const told = ts.formatDiagnostics(faults, {
    getCurrentDirectory: () => REPOSITORY,
    getCanonicalFileName: (name) => name,
    getNewLine: () => "\n",
  });
  expect(told).toBe("");
});

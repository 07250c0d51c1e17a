/** A checkout with one mistake in it. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../../support/environments";
import { tempDir } from "../../../support/temp-dir";

/** What an update loads. */
const SOURCES = [
  ...["cli", "components", "config", "deploy", "policy", "preview", "sandbox", "services", "stacks", "tools"],
  ...["config.ts", "index.ts", "package.json", "tsconfig.json", "Pulumi.yaml", "Pulumi.sandbox.yaml"],
];

export interface Mistake {
  readonly file: string;
  /** Exactly once in the file. */
  readonly right: string;
  readonly wrong: string;
}

/** Copies the sources to a folder and makes the mistake there; returns the folder. */
export function brokenCheckout({ file, right, wrong }: Mistake): string {
  const folder = tempDir();
  for (const source of SOURCES) cpSync(join(REPOSITORY, source), join(folder, source), { recursive: true });
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  const path = join(folder, file);
  const parts = readFileSync(path, "utf8").split(right);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${right}; adapt this test to it`);
  writeFileSync(path, parts.join(wrong));
  return folder;
}

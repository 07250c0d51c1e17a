import { renameSync, writeFileSync } from "node:fs";

/** Writes a file, for its owner alone, so that whoever reads it, even after a crash, finds it whole: as it was or as it is to be. */
export function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Folders that a test may write to, removed after it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** A new empty folder. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "failure-domains-"));
  made.push(dir);
  return dir;
}

/** Removes them all; for `afterEach` or `afterAll`. */
export function removeTempDirs(): void {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** One drill at a time: two would not know whose failures they see. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isAlive } from "../../deploy/process-tree";
import { UsageError } from "../../deploy/errors";

/** Takes the lock, which a file holds, and returns what lets it go. One whose owner has died does not hold. */
export function lockDrills(file: string): () => void {
  const owner = existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
  if (owner !== undefined && owner !== process.pid && isAlive(owner)) {
    throw new UsageError(`another drill is under way (process ${owner}); wait for its end`);
  }
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

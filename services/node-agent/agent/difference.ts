/** What leads from one state to another. Pure. */
import { isDeepStrictEqual } from "node:util";
import type { Change } from "../driver";

/** Deletions first, then what is new or other, all of one revision. */
export function difference(
  from: ReadonlyMap<string, unknown>,
  to: ReadonlyMap<string, unknown>,
  revision: number,
): Change[] {
  const changes: Change[] = [];
  for (const key of from.keys()) if (!to.has(key)) changes.push({ key, value: null, revision });
  for (const [key, value] of to) {
    if (!isDeepStrictEqual(from.get(key), value)) changes.push({ key, value, revision });
  }
  return changes;
}

/** What leads from one state to another. Pure. */
import { isDeepStrictEqual } from "node:util";
import { parseKey } from "../../contracts/feed";
import type { Change } from "../driver";

/**
 * All of one revision, and in an order that the feed might have told them in: nothing points at what is not there, and at no point
 * does a default stand for somebody whom it does not fit. So clusters come first and go last; users who get entries of their own do so
 * before the zone's default changes, and those who lose them after it.
 */
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
  return changes.sort((a, b) => turnOf(a) - turnOf(b));
}

function turnOf({ key, value }: Change): number {
  const { kind } = parseKey(key);
  if (value === null) return kind === "cluster" ? 4 : 3;
  if (kind === "cluster") return 0;
  return kind === "zone" ? 2 : 1;
}

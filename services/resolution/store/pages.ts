/** Pages of a list in the order of a key. The cursor is the last key of the page before, so pages neither repeat nor skip. */
import { Problem } from "../../contracts/problems";
import type { Page } from "../../contracts/resources";

/** The key that a cursor stands for, a list of texts; nothing without a cursor. Throws `invalid-request` for any other text. */
export function readCursor(cursor: string | undefined, length: number): string[] | undefined {
  if (cursor === undefined) return undefined;
  const key = parse(cursor);
  if (!Array.isArray(key) || key.length !== length || !key.every((part) => typeof part === "string" && isText(part))) {
    throw new Problem("invalid-request", `cursor "${cursor}" is none of this list: pass "next" of the page before`);
  }
  return key as string[];
}

/** PostgreSQL has no text with a zero in it. */
function isText(part: string): boolean {
  return !part.includes("\0");
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** A page out of rows of which one more than `limit` was asked for. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  itemOf: (row: Row) => Item,
  keyOf: (row: Row) => readonly string[],
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : undefined;
  return { items: shown.map(itemOf), ...(next !== undefined && { next }) };
}

function writeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

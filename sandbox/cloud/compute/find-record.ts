/** Following links between records. */
import { relativeLink, sameLink } from "../../gcp/links";
import type { CloudRecord } from "../../provider/store";
import type { Records } from "../controller";

/** The record of a type that a link names, in whatever form; undefined where there is none. */
export function linked(records: Records, type: string, link: string): CloudRecord | undefined {
  return records.google(type).find(({ id }) => sameLink(id, link));
}

/** {@link linked}, where an Error that names both sides is thrown if there is none. */
export function needed(records: Records, type: string, link: string, by: string): CloudRecord {
  const record = linked(records, type, link);
  if (record === undefined) throw new Error(`${by} refers to ${relativeLink(link)}, which does not exist`);
  return record;
}

/** What the feed tells an edge, checked: nothing gets into a map or the configuration that HAProxy would read otherwise. Pure. */
import { edgeEntries, parseKey } from "../../contracts/feed";
import { LABEL_PATTERN, normalizedName } from "../../contracts/names";
import type { Change } from "../driver";
import type { MapName } from "./files";
import type { Sibling } from "./settings";

const LABEL = new RegExp(LABEL_PATTERN);
const KINDS: Readonly<Record<string, MapName>> = { tombstone: "tombstones", domain: "domains" };

/** What an entry with this key belongs to, without a look at anything else of it. */
export function mapOf(key: string): MapName | undefined {
  return KINDS[key.slice(0, Math.max(key.indexOf("/"), 0))];
}

/** Whether an entry certainly is what a map has, so that it was checked when it came there. */
export function isAsKnown(value: unknown, known: string | undefined): boolean {
  const { cluster, host } = (value ?? {}) as { cluster?: unknown; host?: unknown };
  return known !== undefined && (cluster ?? host) === known;
}

/** A change of one map's entry or of one sibling; undefined values are deletions. */
export type EdgeChange =
  | { readonly type: "map"; readonly map: MapName; readonly key: string; readonly value: string | undefined }
  | { readonly type: "sibling"; readonly name: string; readonly sibling: Sibling | undefined };

/** An entry that no edge can hold. */
export class InvalidEntry extends Error {
  override readonly name = "InvalidEntry";
}

/** Reads a change of the feed. Throws {@link InvalidEntry}. */
export function edgeChangeOf({ key, value }: Pick<Change, "key" | "value">): EdgeChange {
  const { kind, name } = parseKey(key);
  const map = KINDS[kind];
  if (map === undefined && kind !== "cluster") throw new InvalidEntry(`edges know no entries such as ${key}`);
  if (map === "domains" ? normalizedName(name) !== name : !LABEL.test(name))
    throw new InvalidEntry(`the name in ${key} is none`);
  if (map !== undefined)
    return { type: "map", map, key: name, value: value === null ? undefined : valueOf(map, value) };
  const sibling = value === null ? undefined : { name, ...parsed(edgeEntries.cluster.safeParse(value), key) };
  return { type: "sibling", name, sibling };
}

function valueOf(map: MapName, value: unknown): string {
  if (map === "tombstones") return destinationOf(value);
  const { host } = parsed(edgeEntries.domain.safeParse(value), "a domain");
  if (normalizedName(host) !== host) throw new InvalidEntry(`a domain cannot stand for ${JSON.stringify(host)}`);
  return host;
}

/** Clusters by the objects that were told to name them, which a million tombstones share (see agent/shared-values.ts). */
const destinations = new WeakMap<object, string>();

function destinationOf(value: unknown): string {
  const isObject = typeof value === "object" && value !== null;
  const known = isObject ? destinations.get(value) : undefined;
  if (known !== undefined) return known;
  const { cluster } = parsed(edgeEntries.tombstone.safeParse(value), "a tombstone");
  if (isObject) destinations.set(value, cluster);
  return cluster;
}

function parsed<T>(result: { success: true; data: T } | { success: false; error: Error }, of: string): T {
  if (result.success) return result.data;
  throw new InvalidEntry(`the value of ${of} is none: ${result.error.message}`);
}

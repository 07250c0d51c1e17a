/** Reading single entries of the feed, to change what is there and nothing else. */
import type { EntryKey, Scope } from "../../contracts/feed";
import type { Queries } from "./database";
import type { FeedWrite } from "./feed-writes";

export interface CurrentEntry extends FeedWrite {
  readonly value: Readonly<Record<string, unknown>>;
  readonly revision: number;
}

/** The entries that have a value, of some keys in some scopes. */
export async function currentEntries(
  q: Queries,
  scopes: readonly Scope[],
  keys: readonly EntryKey[],
): Promise<CurrentEntry[]> {
  const { rows } = await q.query<Omit<CurrentEntry, "revision"> & { revision: string }>(
    `select scope, key, value, revision
     from unnest($1::text[]) as wanted_scope (scope)
     cross join unnest($2::text[]) as wanted_key (key)
     join feed using (scope, key)
     where value is not null`,
    [scopes, keys],
  );
  return rows.map((row) => ({ ...row, revision: Number(row.revision) }));
}

/** Every scope that there is, those of clusters that were removed included. */
export async function allScopes(q: Queries): Promise<Scope[]> {
  const { rows } = await q.query<{ name: string }>("select name from clusters order by name");
  return ["dns", "directory", ...rows.flatMap(({ name }) => [`edge:${name}`, `host:${name}`] as const)];
}

/** Writes that delete entries. */
export function deletions(entries: readonly Pick<FeedWrite, "scope" | "key">[]): FeedWrite[] {
  return entries.map(({ scope, key }) => ({ scope, key, value: null }));
}

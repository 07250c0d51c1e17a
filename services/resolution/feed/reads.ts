/** Reading the feed. Each read is one statement and so sees one state of the store. */
import type { FeedEntry, Scope } from "../../contracts/feed";
import type { Queries } from "../store/database";

interface Row {
  readonly head: string;
  readonly scope: Scope | null;
  readonly key: string;
  readonly revision: string;
  readonly value: FeedEntry["value"];
}

/** The next entries of one scope. */
export interface Page {
  /** Revision of the whole feed. */
  readonly head: number;
  /** Deletions of the scope up to here may be gone. */
  readonly pruned: number;
  readonly entries: readonly FeedEntry[];
  /** Whether these are all entries up to the head. */
  readonly complete: boolean;
}

/** At most `limit` entries of a scope after a revision. */
export async function readPage(queries: Queries, scope: Scope, after: number, limit: number): Promise<Page> {
  const { rows } = await queries.query<Row & { readonly pruned: string }>(
    `select head.revision as head, coalesce(pruned.revision, 0) as pruned, entry.*
     from feed_head head
     left join feed_pruned pruned on pruned.scope = $1
     left join lateral (
       select scope, key, revision, value from feed where scope = $1 and revision > $2 order by revision limit $3
     ) entry on true
     order by entry.revision`,
    [scope, after, limit],
  );
  const entries = rows.filter(isEntry).map(entryOf);
  return {
    head: Number(rows[0]?.head),
    pruned: Number(rows[0]?.pruned),
    entries,
    complete: entries.length < limit,
  };
}

/** The next entries of several scopes. */
export interface Tail {
  readonly head: number;
  readonly entries: ReadonlyMap<Scope, readonly FeedEntry[]>;
  /** Scopes of which deletions after the revision asked for may be gone. */
  readonly pruned: ReadonlySet<Scope>;
  /** Revision up to which nothing of these scopes is missing: the head unless there was more than the limit. */
  readonly reached: number;
}

/** At most `limit` entries of the scopes together, after a revision. */
export async function readTail(
  query: Queries["query"],
  scopes: readonly Scope[],
  after: number,
  limit: number,
): Promise<Tail> {
  const { rows } = await query<Row & { readonly pruned: Scope[] }>(
    `select head.revision as head,
       array(select scope from feed_pruned where scope = any($1) and revision > $2) as pruned, entry.*
     from feed_head head
     left join lateral (
       select scope, key, revision, value from feed where scope = any($1) and revision > $2 order by revision limit $3
     ) entry on true
     order by entry.revision`,
    [scopes, after, limit],
  );
  const found = rows.filter(isEntry);
  const entries = new Map<Scope, FeedEntry[]>();
  for (const row of found) {
    const ofScope = entries.get(row.scope) ?? [];
    ofScope.push(entryOf(row));
    entries.set(row.scope, ofScope);
  }
  const head = Number(rows[0]?.head);
  const reached = found.length < limit ? head : Number(found.at(-1)?.revision);
  return { head, entries, reached, pruned: new Set(rows[0]?.pruned) };
}

function isEntry<T extends Row>(row: T): row is T & { readonly scope: Scope } {
  return row.scope !== null;
}

function entryOf({ key, revision, value }: Row): FeedEntry {
  return { type: "entry", revision: Number(revision), key, value };
}

/** A store for tests of the feed: schema in place, entries written as the domains write them. */
import type { Pool } from "pg";
import type { EntryKey, FeedLine, Scope } from "../../services/contracts/feed";
import { openPool, transaction } from "../../services/resolution/store/database";
import { appendFeed, type FeedWrite } from "../../services/resolution/store/feed-writes";
import { migrate } from "../../services/resolution/store/migrate";
import type { TestPostgres } from "./postgres";

/** A pool on a new database of the server. */
export async function openFeedStore(postgres: TestPostgres): Promise<Pool> {
  const pool = openPool({ ...(await postgres.createDatabase()), max: 8 });
  await migrate(pool);
  return pool;
}

/** Writes entries in one transaction; resolves with the revision of the last. */
export async function write(pool: Pool, ...writes: readonly FeedWrite[]): Promise<number> {
  return await transaction(pool, (tx) => appendFeed(tx, writes));
}

/** A write of a value that tells one write from another. */
export function put(scope: Scope, key: EntryKey, value: number): FeedWrite {
  return { scope, key, value: { value } };
}

export function remove(scope: Scope, key: EntryKey): FeedWrite {
  return { scope, key, value: null };
}

/** What a follower has who applies lines to a map, as every node does. */
export class Replica {
  readonly state = new Map<string, unknown>();
  revision = 0;
  live = false;
  resets = 0;

  apply(lines: readonly FeedLine[]): void {
    for (const line of lines) this.applyOne(line);
  }

  private applyOne(line: FeedLine): void {
    this.live = line.type === "live";
    if (line.type === "reset") {
      this.state.clear();
      this.revision = 0;
      this.resets++;
      return;
    }
    this.revision = line.revision;
    if (line.type === "live") return;
    if (line.value === null) this.state.delete(line.key);
    else this.state.set(line.key, line.value);
  }
}

/** The scope's state as the store has it. */
export async function storedState(pool: Pool, scope: Scope): Promise<Map<string, unknown>> {
  const { rows } = await pool.query<{ key: string; value: unknown }>(
    "select key, value from feed where scope = $1 and value is not null",
    [scope],
  );
  return new Map(rows.map(({ key, value }) => [key, value]));
}

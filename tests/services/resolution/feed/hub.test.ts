import type { Pool } from "pg";
import type { FeedLine, Scope } from "../../../../services/contracts/feed";
import { FeedHub, type HubOptions } from "../../../../services/resolution/feed/hub";
import { openFeedStore, put, remove, Replica, storedState, write } from "../../../support/feed-store";
import { TestPostgres } from "../../../support/postgres";
import { until } from "../../../support/until";

let postgres: TestPostgres;
let pool: Pool;
const hubs: FeedHub[] = [];

beforeAll(async () => {
  postgres = await TestPostgres.start();
});
beforeEach(async () => {
  pool = await openFeedStore(postgres);
});
afterEach(async () => {
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
  await pool.end();
});
afterAll(async () => {
  await postgres.stop();
});

async function startHub(options: Omit<HubOptions, "pool"> = {}): Promise<FeedHub> {
  const hub = new FeedHub({ pool, heartbeatMs: 60_000, ...options });
  hubs.push(hub);
  hub.start();
  await until("the first read", () => hub.state.current);
  return hub;
}

/** A follower that is read by hand. */
class Reader {
  private readonly stopping = new AbortController();
  private readonly batches: AsyncGenerator<FeedLine[], void>;

  constructor(hub: FeedHub, scope: Scope, after: number) {
    this.batches = hub.subscribe(scope, after, this.stopping.signal);
  }

  /** The next batch; nothing once it has ended. */
  async next(): Promise<FeedLine[] | undefined> {
    return (await this.batches.next()).value ?? undefined;
  }

  /** Lines up to and including the first `live`. */
  async untilLive(): Promise<FeedLine[]> {
    const lines: FeedLine[] = [];
    while (lines.at(-1)?.type !== "live") {
      const batch = await this.next();
      if (batch === undefined) throw new Error("ended before it was live");
      lines.push(...batch);
    }
    return lines;
  }

  stop(): void {
    this.stopping.abort();
  }
}

function brief(lines: readonly FeedLine[] | undefined): (string | number)[] | undefined {
  return lines?.map((line) => (line.type === "entry" ? line.revision : line.type));
}

test("a new follower gets the state in order of revisions, then every commit of its scope and no other", async () => {
  await write(pool, put("dns", "user/a", 1), put("edge:one", "tombstone/a", 1), put("dns", "user/b", 1));
  await write(pool, put("dns", "user/a", 2));
  const reader = new Reader(await startHub(), "dns", 0);
  expect(brief(await reader.next())).toEqual([3, 4, "live"]);
  await write(pool, put("edge:one", "tombstone/b", 1));
  await write(pool, remove("dns", "user/b"));
  expect(await reader.next()).toEqual([
    { type: "entry", revision: 6, key: "user/b", value: null },
    { type: "live", revision: 6 },
  ]);
  reader.stop();
});

test("one commit is told with the revision that the whole feed then has, so that it can be acknowledged", async () => {
  const reader = new Reader(await startHub(), "dns", 0);
  expect(await reader.next()).toEqual([{ type: "live", revision: 0 }]);
  const revision = await write(pool, put("dns", "user/a", 1), put("host:one", "user/a", 1));
  expect((await reader.next())?.at(-1)).toEqual({ type: "live", revision });
  reader.stop();
});

test("a follower goes on from its revision", async () => {
  await write(pool, put("dns", "user/a", 1), put("dns", "user/b", 1));
  const hub = await startHub();
  expect(brief(await new Reader(hub, "dns", 1).next())).toEqual([2, "live"]);
  expect(brief(await new Reader(hub, "dns", 2).next())).toEqual(["live"]);
});

test("more than fits a page is read page by page, and only the last is live", async () => {
  const keys = Array.from({ length: 1_100 }, (_, index) => put("dns", `user/u${index}`, index));
  await write(pool, ...keys);
  const reader = new Reader(await startHub(), "dns", 0);
  const batches = [await reader.next(), await reader.next(), await reader.next()];
  expect(batches.map((batch) => batch?.length)).toEqual([500, 500, 101]);
  expect(batches.flat().filter((line) => line?.type === "live")).toEqual([{ type: "live", revision: 1_100 }]);
});

test("a follower that memory has left behind reads the store, also while others write", async () => {
  const hub = await startHub({ ringEntries: 4 });
  const slow = new Reader(hub, "dns", 0);
  const quick = new Reader(hub, "dns", 0);
  await slow.next();
  await quick.next();
  const seen = new Replica();
  for (let value = 1; value <= 20; value++) {
    const revision = await write(pool, put("dns", `user/u${value % 7}`, value));
    // The quick one gets each, whatever the slow one does not read.
    while (seen.revision < revision) seen.apply((await quick.next()) ?? []);
  }
  const late = new Replica();
  while (late.revision < 20) late.apply((await slow.next()) ?? []);
  expect(late.state).toEqual(await storedState(pool, "dns"));
  expect(seen.state).toEqual(late.state);
});

test("a follower from before deletions that are gone starts anew", async () => {
  await write(pool, put("dns", "user/a", 1), put("dns", "user/b", 1));
  await write(pool, remove("dns", "user/a"));
  await pool.query("delete from feed where value is null");
  await pool.query("insert into feed_pruned (scope, revision) values ('dns', 3)");
  const hub = await startHub();
  const behind = new Reader(hub, "dns", 1);
  expect(brief(await behind.untilLive())).toEqual(["reset", 2, "live"]);
  expect(brief(await new Reader(hub, "dns", 3).untilLive())).toEqual(["live"]);
  expect(brief(await new Reader(hub, "edge:one", 1).untilLive())).toEqual(["live"]);
});

test("a new follower is not sent back to the start by deletions that were gone before it came", async () => {
  await write(pool, ...Array.from({ length: 700 }, (_, index) => put("dns", `user/u${index}`, index)));
  await pool.query("insert into feed_pruned (scope, revision) values ('dns', 650)");
  const lines = await new Reader(await startHub(), "dns", 0).untilLive();
  expect(lines).toHaveLength(701);
});

test("a follower whose deletions go while it reads starts anew", async () => {
  await write(pool, ...Array.from({ length: 700 }, (_, index) => put("dns", `user/u${index}`, index)));
  const reader = new Reader(await startHub(), "dns", 0);
  const replica = new Replica();
  replica.apply((await reader.next()) ?? []);
  await write(pool, remove("dns", "user/u1"));
  await pool.query("delete from feed where value is null");
  await pool.query("insert into feed_pruned (scope, revision) values ('dns', 701)");
  replica.apply(await reader.untilLive());
  expect(replica.resets).toBe(1);
  expect(replica.state).toEqual(await storedState(pool, "dns"));
});

test("a commit that is read in pieces is `live` at its end only: what lies before is no state that there ever was", async () => {
  const hub = await startHub({ tailEntries: 3 });
  const reader = new Reader(hub, "dns", 0);
  await reader.untilLive();
  await write(pool, ...Array.from({ length: 10 }, (_, index) => put("dns", `user/u${index}`, index)));
  const lines = await reader.untilLive();
  expect(brief(lines)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "live"]);
});

test("a follower ahead of the feed starts anew, as after a restore from a backup", async () => {
  await write(pool, put("dns", "user/a", 1));
  expect(brief(await new Reader(await startHub(), "dns", 5).untilLive())).toEqual(["reset", 1, "live"]);
});

test("when the store goes back under its followers, all of them start anew", async () => {
  const hub = await startHub({ heartbeatMs: 50 });
  await write(pool, put("dns", "user/a", 1), put("dns", "user/b", 1));
  const replica = new Replica();
  const reader = new Reader(hub, "dns", 0);
  while (replica.revision < 2) replica.apply((await reader.next()) ?? []);
  await pool.query("delete from feed where revision = 2");
  await pool.query("update feed_head set revision = 1");
  while (replica.resets === 0 || !replica.live) replica.apply((await reader.next()) ?? []);
  expect(replica.revision).toBe(1);
  expect(replica.state).toEqual(await storedState(pool, "dns"));
});

test("a commit whose notification was lost arrives with the next look at the head", async () => {
  const hub = await startHub({ heartbeatMs: 50 });
  const replica = new Replica();
  const reader = new Reader(hub, "dns", 0);
  await pool.query("update feed_head set revision = 1");
  await pool.query("insert into feed (scope, key, revision, value) values ('dns', 'user/a', 1, '{}')");
  while (replica.revision < 1) replica.apply((await reader.next()) ?? []);
  expect([...replica.state.keys()]).toEqual(["user/a"]);
});

test("a quiet feed is live at every heartbeat, with the head of the whole feed", async () => {
  const hub = await startHub({ heartbeatMs: 50 });
  const reader = new Reader(hub, "dns", 0);
  expect(await reader.next()).toEqual([{ type: "live", revision: 0 }]);
  await write(pool, put("edge:one", "tombstone/a", 1));
  await until("the hub", () => hub.state.head === 1);
  expect(await reader.next()).toEqual([{ type: "live", revision: 1 }]);
  expect(await reader.next()).toEqual([{ type: "live", revision: 1 }]);
});

test("subscriptions end when they are told to and when the hub stops", async () => {
  const hub = await startHub();
  const [one, other] = [new Reader(hub, "dns", 0), new Reader(hub, "host:one", 0)];
  await Promise.all([one.next(), other.next()]);
  expect(hub.state.followers).toBe(2);
  one.stop();
  expect(await one.next()).toBeUndefined();
  expect(hub.state.followers).toBe(1);
  const ended = other.next();
  await hub.stop();
  expect(await ended).toBeUndefined();
  expect(hub.state.followers).toBe(0);
  expect(await new Reader(hub, "dns", 0).next()).toBeUndefined();
});

test("a thousand followers who come at once leave connections of the pool to others, and all get a commit", async () => {
  await write(pool, put("dns", "user/a", 1));
  const hub = await startHub();
  const readers = Array.from({ length: 1_000 }, () => new Reader(hub, "dns", 0));
  const first = readers.map((reader) => reader.next());
  for (const lines of await Promise.all(first)) expect(brief(lines)).toEqual([1, "live"]);
  // Of the pool's eight, which none has given back yet.
  expect(pool.totalCount).toBeLessThanOrEqual(4);
  const second = readers.map((reader) => reader.next());
  await write(pool, put("dns", "user/a", 2));
  for (const lines of await Promise.all(second)) expect(brief(lines)).toEqual([2, "live"]);
});

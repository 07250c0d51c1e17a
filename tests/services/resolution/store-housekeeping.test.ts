import type { Pool } from "pg";
import { appendFeed, type FeedWrite } from "../../../services/resolution/store/feed-writes";
import { startHousekeeping, tidy, tidyAll } from "../../../services/resolution/store/housekeeping";
import { until } from "../../support/until";
import { clusterDocument } from "../support/clusters";
import { commit, feedOf, haveClusters, headOf, scalar, stateOf, useStore } from "./store-fixture";

const store = useStore();
const HOUR_MS = 3_600_000;
const NOTHING = { deletions: 0, departures: 0, idempotencyKeys: 0, transfers: 0, evacuations: 0, audit: 0 };

async function append(...writes: FeedWrite[]): Promise<void> {
  await commit(store.pool, (tx) => appendFeed(tx, writes));
}

function entry(label: string, value: FeedWrite["value"], scope: FeedWrite["scope"] = "dns"): FeedWrite {
  return { scope, key: `user/${label}`, value };
}

/** Lets time pass as the control API sees it. */
async function pass(hours: number): Promise<void> {
  await store.pool.query("update service_clock set elapsed_ms = elapsed_ms + $1", [hours * HOUR_MS]);
}

function pruned(scope: string): Promise<unknown> {
  return scalar(store.pool, "select revision::integer from feed_pruned where scope = $1", [scope]);
}

describe("deleted entries of the feed", () => {
  it("are kept for a day, then removed", async () => {
    await append(entry("a", { cluster: "pro" }), entry("b", { cluster: "pro" }));
    await append(entry("a", null));
    await tidy(store.pool);
    await pass(23);
    expect(await tidy(store.pool)).toEqual(NOTHING);
    await pass(1);
    expect(await tidy(store.pool)).toEqual({ ...NOTHING, deletions: 1 });
    expect(await feedOf(store.pool, "dns")).toEqual([{ key: "user/b", value: { cluster: "pro" } }]);
  });

  it("are told of: who follows from before them must start anew", async () => {
    await append(entry("a", null), entry("b", null, "directory"), entry("c", null), entry("d", { cluster: "pro" }));
    await tidy(store.pool);
    await pass(24);
    await tidy(store.pool);
    expect(await pruned("dns")).toBe(3);
    expect(await pruned("directory")).toBe(2);
    await append(entry("e", null));
    await tidy(store.pool);
    await pass(24);
    await tidy(store.pool);
    expect(await pruned("dns")).toBe(5);
    expect(await pruned("directory")).toBe(2);
  });

  it("stay when they are younger than the last look a day ago", async () => {
    await tidy(store.pool);
    await pass(12);
    await append(entry("a", null));
    await tidy(store.pool);
    await pass(12);
    expect(await tidy(store.pool)).toEqual(NOTHING);
    expect(await pruned("dns")).toBeUndefined();
  });

  it("stay when the key has a value again", async () => {
    await append(entry("a", null));
    await tidy(store.pool);
    await append(entry("a", { cluster: "pro" }));
    await pass(48);
    expect(await tidy(store.pool)).toEqual(NOTHING);
    expect(await stateOf(store.pool, "dns")).toEqual({ "user/a": { cluster: "pro" } });
  });

  it("stay while the service is away, however much time passes elsewhere", async () => {
    await append(entry("a", null));
    await tidy(store.pool);
    expect(await tidy(store.pool)).toEqual(NOTHING);
  });

  it("go in bounded batches, oldest first", async () => {
    await append(...["a", "b", "c", "d", "e"].map((label) => entry(label, null)));
    await tidy(store.pool);
    await pass(24);
    expect(await tidy(store.pool, 2)).toEqual({ ...NOTHING, deletions: 2 });
    expect(await pruned("dns")).toBe(2);
    expect(await tidyAll(store.pool, 2)).toEqual({ ...NOTHING, deletions: 3 });
    expect(await pruned("dns")).toBe(5);
  });

  it("are removed by one replica at a time, without harm to the feed's writers", async () => {
    const labels = Array.from({ length: 200 }, (_, index) => `u${index}`);
    await append(...labels.map((label) => entry(label, null)));
    await tidy(store.pool);
    await pass(24);
    const tidied = Promise.all([1, 2, 3].map(() => tidyAll(store.pool, 10)));
    await Promise.all(labels.map((label) => append(entry(label, { cluster: "pro" }))));
    await tidied;
    expect(Object.keys(await stateOf(store.pool, "dns"))).toHaveLength(200);
    expect(await headOf(store.pool)).toBe(400);
  });

  it("leave only as many marks as a day needs", async () => {
    for (let hour = 0; hour < 60; hour++) {
      await append(entry("a", { cluster: `c${hour}` }));
      await tidy(store.pool);
      await pass(1);
    }
    expect(await scalar(store.pool, "select count(*)::integer from feed_marks")).toBeLessThanOrEqual(26);
  });
});

describe("idempotency keys", () => {
  it("go after a day, in batches", async () => {
    await store.pool.query(
      `insert into idempotency_keys (actor, key, fingerprint, status, created_at)
       select 'a', n::text, '', 200, now() - case when n <= 5 then interval '25 hours' else interval '23 hours' end
       from generate_series(1, 8) n`,
    );
    expect(await tidy(store.pool, 3)).toEqual({ ...NOTHING, idempotencyKeys: 3 });
    expect(await tidy(store.pool, 3)).toEqual({ ...NOTHING, idempotencyKeys: 2 });
    expect(await scalar(store.pool, "select min(key) from idempotency_keys")).toBe("6");
  });
});

describe("what hosts were told of deleted users", () => {
  const leaving = { residency: "leaving" };

  async function host(name: string, applied: number): Promise<void> {
    await store.pool.query(
      `insert into nodes (scope, name, kind, cluster, incarnation, applied_revision, connected, seen_ms)
       values ('host:free', $1, 'host', 'free', '', $2, true, 0)
       on conflict (scope, name) do update set applied_revision = excluded.applied_revision`,
      [name, applied],
    );
  }

  it("is forgotten once every host has stopped their containers", async () => {
    await haveClusters(store.pool, [clusterDocument("free", 1)]);
    await append(entry("gone", leaving, "host:free"));
    const revision = await headOf(store.pool);
    await host("h1", revision);
    await host("h2", revision - 1);
    expect(await tidy(store.pool)).toEqual(NOTHING);
    await host("h2", revision);
    expect(await tidy(store.pool)).toEqual({ ...NOTHING, departures: 1 });
    expect(await feedOf(store.pool, "host:free")).toEqual([{ key: "user/gone", value: null }]);
  });

  it("stays of users who were moved", async () => {
    await haveClusters(store.pool, [clusterDocument("free", 1)]);
    await store.pool.query("insert into users (label, plan, home) values ('moved', 'free', 'free')");
    await append(entry("moved", leaving, "host:free"));
    expect(await tidy(store.pool)).toEqual(NOTHING);
  });

  it("stays of somebody who takes the name while it is looked for", async () => {
    await haveClusters(store.pool, [clusterDocument("free", 1)]);
    await append(entry("again", leaving, "host:free"));
    const writer = await store.pool.connect();
    try {
      await writer.query("begin");
      // Whoever tells hosts of the new user holds this, and housekeeping has found the old one's entry when it waits for it.
      await writer.query("select from feed_head for update");
      const tidied = tidy(store.pool);
      await until("housekeeping to wait", async () => {
        const waiting = "select count(*)::integer from pg_stat_activity where wait_event_type = 'Lock'";
        return (await scalar(store.pool, waiting)) === 1;
      });
      await writer.query("insert into users (label, plan, home) values ('again', 'free', 'free')");
      await writer.query("commit");
      expect(await tidied).toEqual(NOTHING);
    } finally {
      writer.release();
    }
    expect(await stateOf(store.pool, "host:free")).toEqual({ "user/again": leaving });
  });
});

describe("history", () => {
  beforeEach(async () => {
    await haveClusters(store.pool, [clusterDocument("free", 1), clusterDocument("pro", 2)]);
    await store.pool.query(
      "insert into users (label, plan, home) values ('ann', 'free', 'pro'), ('bob', 'free', 'pro')",
    );
  });

  async function transfer(
    phase: string,
    days: number,
    evacuation: string | null = null,
    user = "ann",
  ): Promise<string> {
    const id = await scalar(
      store.pool,
      `insert into transfers (id, user_label, source, destination, mode, phase, reason, phase_since_ms, requested_by,
         requested_at, updated_at, evacuation)
       values (gen_random_uuid(), $4, 'free', 'pro', 'planned', $1, '', 0, '',
         now() - $2 * interval '1 day', now() - $2 * interval '1 day', $3) returning id`,
      [phase, days, evacuation, user],
    );
    return String(id);
  }

  async function evacuation(days: number | null): Promise<string> {
    const id = await scalar(
      store.pool,
      `insert into evacuations (id, source, mode, state, rate, concurrency, total, requested_by, ended_at)
       values (gen_random_uuid(), 'free', 'planned', 'done', 1, 1, 1, '', now() - $1 * interval '1 day') returning id`,
      [days],
    );
    return String(id);
  }

  it("of transfers goes 90 days after their end, and of evacuations with the last of theirs", async () => {
    const ended = await evacuation(91);
    await transfer("done", 91, ended);
    await transfer("aborted", 91);
    const recent = await transfer("superseded", 89, await evacuation(89));
    expect(await tidy(store.pool)).toEqual({ ...NOTHING, transfers: 2, evacuations: 1 });
    expect(await scalar(store.pool, "select array_agg(id::text) from transfers")).toEqual([recent]);
    expect(await tidy(store.pool)).toEqual(NOTHING);
  });

  it("never takes what is not over: transfers under way, tombstones, evacuations that are paused", async () => {
    await transfer("publishing", 400, await evacuation(null));
    await transfer("settling", 400);
    const superseded = await transfer("superseded", 400, null, "bob");
    await store.pool.query(
      "insert into tombstones (user_label, holder, destination, transfer) values ('bob', 'free', 'pro', $1)",
      [superseded],
    );
    expect(await tidy(store.pool)).toEqual(NOTHING);
  });

  it("of writes goes after 400 days, oldest first, in batches", async () => {
    await store.pool.query(
      `insert into audit (at, actor, action, target, request_id, detail)
       select now() - case when n <= 5 then 401 else 399 end * interval '1 day', '', '', n::text, '', '{}'
       from generate_series(1, 8) n`,
    );
    expect(await tidy(store.pool, 3)).toEqual({ ...NOTHING, audit: 3 });
    expect(await tidyAll(store.pool, 2)).toEqual({ ...NOTHING, audit: 2 });
    expect(await scalar(store.pool, "select array_agg(target order by id) from audit")).toEqual(["6", "7", "8"]);
  });
});

describe("startHousekeeping", () => {
  it("tidies at once and at intervals until it is stopped, and survives failures", async () => {
    const oldKey = (pool: Pool, key: string) =>
      pool.query("insert into idempotency_keys values ('a', $1, '', 200, null, now() - interval '2 days')", [key]);
    const keys = () => scalar(store.pool, "select count(*)::integer from idempotency_keys");
    const errors: unknown[] = [];
    await oldKey(store.pool, "1");
    const stop = startHousekeeping(store.pool, { intervalMs: 10, onError: (error) => errors.push(error) });
    await until("the first round", async () => (await keys()) === 0);
    await store.pool.query("alter table feed_marks rename to away");
    await until("a failure", () => errors.length > 0);
    await store.pool.query("alter table away rename to feed_marks");
    await oldKey(store.pool, "2");
    await until("a later round", async () => (await keys()) === 0);
    await stop();
    await oldKey(store.pool, "3");
    await expect(keys()).resolves.toBe(1);
  });
});

/** What the driver's store does beside others who work on the same users, and in a large store. Of PostgreSQL alone. */
import type { PoolClient } from "pg";
import { noteRequests } from "../../../../services/resolution/nodes/requests";
import { PostgresTransferStore } from "../../../../services/resolution/transfers/postgres-store";
import { accept, finish, putBack } from "../../../../services/resolution/transfers/steps";
import { until } from "../../../support/until";
import { commit, scalar, useStore } from "../store-fixture";
import { SLOW, transfersOf } from "./fixture";

const database = useStore();
const { clusters, request, user, users } = transfersOf(database);

beforeEach(() => clusters());

/** On a session of its own. */
async function withStore(work: (store: PostgresTransferStore, client: PoolClient) => Promise<void>): Promise<void> {
  const client = await database.pool.connect();
  try {
    await work(new PostgresTransferStore(client, SLOW), client);
  } finally {
    // With what was set on it.
    client.release(true);
  }
}

/** Somebody else's transaction, which holds what `text` locks until `work` has ended. */
async function whileLocked(text: string, work: () => Promise<void>): Promise<void> {
  const other = await database.pool.connect();
  try {
    await other.query("begin");
    await other.query(text);
    await work();
  } finally {
    await other.query("rollback");
    other.release();
  }
}

describe("a transaction that somebody forgot to end", () => {
  it.each([
    ["user", "select from users where label = 'alice' for update"],
    ["transfer", "select from transfers where user_label = 'alice' for update"],
  ])("on one %s holds up that one only", async (_, lock) => {
    await user("alice");
    await user("bob");
    const ids = [(await request("alice", "pro")).id, (await request("bob", "pro")).id];
    await withStore(async (store) => {
      await whileLocked(lock, async () => {
        expect(await store.advance("requested", ids, accept)).toBe(1);
        expect(await scalar(database.pool, "select user_label from transfers where phase = 'accepting'")).toBe("bob");
      });
      expect(await store.advance("requested", ids, accept)).toBe(1);
    });
  });
});

it("waits for edges' reports of requests, and never in a circle with them", async () => {
  const ids: string[] = [];
  for (const label of ["alice", "bob"]) {
    await user(label);
    const { id } = await request(label, "pro");
    // Against the order of reports, which lock tombstones by user.
    ids.unshift(id);
    await database.pool.query(
      "insert into tombstones (user_label, holder, destination, transfer) values ($1, 'free', 'pro', $2)",
      [label, id],
    );
  }
  await database.pool.query("update transfers set phase = 'settling', published_ms = 0");
  await database.pool.query("update service_clock set elapsed_ms = 100000");
  await withStore(async (store) => {
    let taken: Promise<number> | undefined;
    await commit(database.pool, async (tx) => {
      await noteRequests(tx, [{ user: "alice", holder: "free" }]);
      taken = store.advance("settling", ids, finish);
      await until("the store to wait", async () => {
        const waiting = "select count(*)::integer from pg_stat_activity where wait_event_type = 'Lock'";
        return (await scalar(database.pool, waiting)) === 1;
      });
      await noteRequests(tx, [{ user: "bob", holder: "free" }]);
    });
    expect(await taken).toBe(2);
  });
});

it("looks at nothing but what may be due, however much is queued, settles or is over", async () => {
  await users(40_000);
  await database.pool.query(
    `insert into evacuations (id, source, mode, state, rate, concurrency, total, requested_by)
     values (gen_random_uuid(), 'free', 'planned', 'running', 1, 1, 1, '')`,
  );
  await database.pool.query(
    `insert into transfers (id, user_label, source, destination, mode, phase, evacuation, reason, phase_since_ms,
       published_ms, requested_by)
     select gen_random_uuid(), 'user-' || n, 'free', 'pro', 'planned',
       (array['requested', 'settling', 'done', 'aborted'])[1 + n % 4], evacuations.id, '', 0, 0, ''
     from generate_series(0, 39999) n, evacuations`,
  );
  await database.pool.query("analyze");
  await withStore(async (store, client) => {
    await client.query("load 'auto_explain'");
    await client.query("set auto_explain.log_min_duration = 0");
    await client.query("set client_min_messages = log");
    const plans: string[] = [];
    client.on("notice", ({ message }) => plans.push(message ?? ""));
    expect(await store.due(1_000, [])).toEqual([]);
    expect(plans.join("\n")).toMatch(/transfers_settling/);
    expect(plans.join("\n")).not.toMatch(/Seq Scan on transfers/);
  });
});

it("takes a batch back as a whole when the connection's transaction fails in its midst", async () => {
  await user("alice");
  await user("bob");
  const ids = [(await request("alice", "pro")).id, (await request("bob", "pro")).id];
  await withStore(async (store) => {
    let asked = 0;
    const failing = store.advance("requested", ids, (facts) => {
      if (++asked === 2) throw new Error("out of order");
      return putBack(facts, "");
    });
    await expect(failing).rejects.toThrow("out of order");
  });
  expect(await scalar(database.pool, "select array_agg(distinct phase) from transfers")).toEqual(["requested"]);
  expect(await scalar(database.pool, "select arriving from clusters where name = 'pro'")).toBe(2);
});

import { getTransfer } from "../../../../services/resolution/transfers";
import { until } from "../../../support/until";
import { scalar, useStore } from "../store-fixture";
import { QUICK, SLOW, transfersOf } from "./fixture";

const store = useStore();
const { cancel, clusters, counts, drive, end, entries, follow, home, reach, request, silentNode, user } =
  transfersOf(store);

afterEach(end);

const HURRIED = { ...SLOW, phaseSeconds: { accepting: 1, forwarding: 1, stopping: 1, publishing: 1, aborting: 1 } };

describe("a driver", () => {
  it("moves a user, leaves a tombstone, and removes it when old answers have died", async () => {
    await clusters();
    await user("alice");
    await store.pool.query(
      `insert into domains (name, user_label, host, token, verified_at) values ('www.example.org', 'alice', 'app.alice', '', now())`,
    );
    await follow();
    drive(QUICK);
    const { id } = await request("alice", "pro");
    await reach(id, "settling");
    expect(await home("alice")).toBe("pro");
    expect(await counts()).toEqual({ free: [0, 0], pro: [1, 0], reserve: [0, 0] });
    expect(await entries("edge:free")).toEqual({ "tombstone/alice": { cluster: "pro" } });
    expect(await entries("edge:pro")).toEqual({ "domain/www.example.org": { host: "app.alice" } });
    expect(await entries("host:free")).toEqual({ "user/alice": { residency: "leaving" } });
    expect(await entries("host:pro")).toEqual({ "user/alice": { residency: "resident" } });
    expect(await entries("dns")).toEqual({ "user/alice": { cluster: "pro" } });
    expect(await entries("directory")).toEqual({ "user/alice": { home: "pro" } });
    await reach(id, "done");
    for (const scope of ["edge:free", "host:free", "host:pro"] as const) expect(await entries(scope)).toEqual({});
    expect(await scalar(store.pool, "select count(*)::integer from tombstones")).toBe(0);
  });

  it("keeps a tombstone no longer than the longest time, were it shorter than that of quiet", async () => {
    await clusters();
    await user("alice");
    await follow();
    drive({ ...QUICK, quietSeconds: 3_600 });
    const { id } = await request("alice", "pro");
    await reach(id, "done");
  });

  it("re-points the tombstones of a user who moves on, and takes them over", async () => {
    await clusters();
    await user("alice");
    await follow();
    drive(SLOW);
    const first = await request("alice", "pro");
    await reach(first.id, "settling");
    const second = await request("alice", "reserve");
    await reach(second.id, "settling");
    expect((await getTransfer(store.pool, first.id)).phase).toBe("superseded");
    expect(await entries("edge:free")).toEqual({ "tombstone/alice": { cluster: "reserve" } });
    expect(await entries("edge:pro")).toEqual({ "tombstone/alice": { cluster: "reserve" } });
    const owners = await store.pool.query("select distinct transfer from tombstones");
    expect(owners.rows).toEqual([{ transfer: second.id }]);
  });

  it("lets a user go back to where they came from while the way there settles", async () => {
    await clusters();
    await user("alice");
    await follow();
    drive(SLOW);
    const there = await request("alice", "pro");
    await reach(there.id, "settling");
    const back = await request("alice", "free");
    await reach(back.id, "settling");
    expect(await home("alice")).toBe("free");
    expect(await entries("edge:free")).toEqual({});
    expect(await entries("edge:pro")).toEqual({ "tombstone/alice": { cluster: "free" } });
    expect(await entries("dns")).toEqual({});
    expect(await counts()).toEqual({ free: [1, 0], pro: [0, 0], reserve: [0, 0] });
  });

  it("puts everything back when a node does not acknowledge, and says which", async () => {
    await clusters();
    await user("alice");
    await follow(["host:free"]);
    await silentNode("host:free", "vm-1");
    drive(HURRIED);
    const { id } = await request("alice", "pro");
    expect((await reach(id, "accepting")).phase).toBe("accepting");
    await until("the wait to be shown", async () => (await getTransfer(store.pool, id)).waitingFor?.length === 1);
    expect((await getTransfer(store.pool, id)).waitingFor).toEqual([{ scope: "host:free", node: "vm-1", live: false }]);
    const { outcome, phase } = await reach(id, "aborted");
    expect({ outcome, phase }).toEqual({
      outcome: "host:free vm-1 (silent) did not acknowledge within 1 s",
      phase: "aborted",
    });
    expect(await home("alice")).toBe("free");
    expect(await counts()).toEqual({ free: [1, 0], pro: [0, 0], reserve: [0, 0] });
    for (const scope of ["edge:free", "edge:pro", "host:free", "host:pro", "dns"] as const) {
      expect(await entries(scope)).toEqual({});
    }
    expect(await entries("directory")).toEqual({ "user/alice": { home: "free" } });
  });

  it("does not wait for silent nodes of a source in an emergency, and records them", async () => {
    await clusters();
    await user("alice");
    await follow(["host:free", "edge:free"]);
    await silentNode("host:free", "vm-1");
    await silentNode("edge:free", "edge-1");
    drive(SLOW);
    const { id } = await request("alice", "pro", "emergency");
    await reach(id, "settling");
    const skipped = (await scalar(store.pool, "select skipped from transfers")) as { scope: string; node: string }[];
    expect(skipped.map(({ scope, node }) => `${scope} ${node}`)).toEqual(["edge:free edge-1", "host:free vm-1"]);
  });

  it("moves nobody to a cluster without a live edge in an emergency", async () => {
    await clusters();
    await user("alice");
    await follow(["edge:pro"]);
    await silentNode("edge:pro", "edge-1");
    drive(HURRIED);
    const { id } = await request("alice", "pro", "emergency");
    expect((await reach(id, "aborted")).outcome).toBe('no edge of cluster "pro" was alive within 1 s');
    expect(await home("alice")).toBe("free");
  });

  it("settles without a silent name server, and keeps the tombstone until it has published", async () => {
    await clusters();
    await user("alice");
    await follow();
    await silentNode("dns", "ns-1");
    drive({ ...QUICK, phaseSeconds: HURRIED.phaseSeconds });
    const { id } = await request("alice", "pro");
    await reach(id, "settling");
    const settledSince = Number(await scalar(store.pool, "select phase_since_ms from transfers"));
    // All other waits are over by then.
    await until("the longest wait's end", async () => {
      const clock = Number(await scalar(store.pool, "select elapsed_ms from service_clock"));
      return clock > settledSince + 3_000;
    });
    expect((await getTransfer(store.pool, id)).phase).toBe("settling");
    expect(await entries("edge:free")).not.toEqual({});
    await store.pool.query("delete from nodes where name = 'ns-1'");
    await reach(id, "done");
  }, 20_000);

  it("carries out a cancellation", async () => {
    await clusters();
    await user("alice");
    await follow(["edge:pro"]);
    await silentNode("edge:pro", "edge-1");
    const { id } = await request("alice", "pro");
    drive(SLOW);
    await reach(id, "accepting");
    await cancel(id);
    await reach(id, "aborting", "aborted");
    expect(await counts()).toEqual({ free: [1, 0], pro: [0, 0], reserve: [0, 0] });
  });

  it("drops what was queued for a cluster that has been closed meanwhile", async () => {
    await clusters();
    await user("alice");
    const { id } = await request("alice", "pro");
    await store.pool.query("update clusters set lifecycle = 'draining' where name = 'pro'");
    drive(SLOW);
    expect((await reach(id, "aborted")).outcome).toBe('cluster "pro" takes no users any more');
  });
});

describe("of two drivers", () => {
  it("one leads, and the other takes over when its connection is killed", async () => {
    await clusters();
    await follow();
    const drivers = [drive(SLOW), drive(SLOW)];
    const leaders = () => drivers.filter(({ leading }) => leading);
    const leader = await until("a leader", () => leaders()[0]);
    // The other has had time to try as well when the first has worked a while.
    for (let n = 0; n < 3; n++) {
      await user(`user-${n}`);
      await reach((await request(`user-${n}`, "pro")).id, "settling");
      expect(leaders()).toEqual([leader]);
    }
    await store.pool.query(
      `select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and l.granted and a.application_name = 'resolution-transfers' and a.datname = current_database()`,
    );
    await user("alice");
    await reach((await request("alice", "pro")).id, "settling");
    await until("one leader", () => leaders().length === 1);
    expect(await counts()).toEqual({ free: [0, 0], pro: [4, 0], reserve: [0, 0] });
  });

  it("the other takes over when one stops", async () => {
    await clusters();
    await follow();
    const first = drive(SLOW);
    await until("the first to lead", () => first.leading);
    const second = drive(SLOW);
    await first.stop();
    expect(first.leading).toBe(false);
    await until("the second to lead", () => second.leading);
  });
});

it("stops at once while it cannot reach a store", async () => {
  const driver = drive(SLOW, { host: "/nowhere" });
  const begin = performance.now();
  await driver.stop();
  expect(performance.now() - begin).toBeLessThan(1_000);
});

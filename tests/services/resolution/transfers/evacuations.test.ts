import { getEvacuation, listEvacuations, listTransfers } from "../../../../services/resolution/transfers";
import { until } from "../../../support/until";
import { scalar, useStore } from "../store-fixture";
import { QUICK, SLOW, transfersOf } from "./fixture";

const store = useStore();
const { clusters, counts, drive, end, endOf, entries, evacuate, follow, request, silentNode, tell, user, users } =
  transfersOf(store);

afterEach(end);

const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";

describe("startEvacuation", () => {
  it("moves users to their plan's clusters and then to reserves, and counts who has no room", async () => {
    await clusters({ pro: { plans: ["free"], maxUsers: 3 }, reserve: { maxUsers: 2 } });
    await users(8);
    const evacuation = await evacuate({});
    expect(evacuation).toMatchObject({
      state: "running",
      total: 5,
      destinations: { pro: 3, reserve: 2 },
      refused: { "no-cluster": 3 },
      phases: { requested: 5 },
    });
    expect(await counts()).toEqual({ free: [8, 0], pro: [0, 3], reserve: [0, 2] });
  });

  it("tells in a dry run exactly what it would do, and does nothing", async () => {
    await clusters({ pro: { plans: ["free"], maxUsers: 30 }, reserve: { maxUsers: 20 } });
    await users(100);
    await request("user-1", "reserve");
    const before = await counts();
    const input = { share: 0.6 };
    const dry = await evacuate({ ...input, dryRun: true });
    expect(dry).not.toHaveProperty("id");
    expect(dry.state).toBe("dry-run");
    expect(await counts()).toEqual(before);
    expect((await listEvacuations(store.pool, { limit: 10 })).items).toEqual([]);
    const real = await evacuate(input);
    const numbers = ({ total, destinations, refused }: typeof real) => ({ total, destinations, refused });
    expect(numbers(real)).toEqual(numbers(dry));
  });

  it("chooses a share by the users' names: about as many, always the same, and more of them for a larger one", async () => {
    await clusters();
    await users(2_000);
    const chosen = async (share: number) => {
      const { id } = await evacuate({ share, destinations: ["pro"] });
      const { rows } = await store.pool.query<{ label: string }>(
        "select user_label as label from transfers where evacuation = $1",
        [id],
      );
      await store.pool.query("truncate transfers cascade");
      return new Set(rows.map(({ label }) => label));
    };
    const tenth = await chosen(0.1);
    const half = await chosen(0.5);
    expect(await chosen(0.1)).toEqual(tenth);
    expect(tenth.size).toBeGreaterThan(140);
    expect(tenth.size).toBeLessThan(260);
    expect([...tenth].filter((label) => !half.has(label))).toEqual([]);
    expect((await chosen(1)).size).toBe(2_000);
  });

  it("counts users who are being moved, or do not live there, and leaves them alone", async () => {
    await clusters();
    await user("alice");
    await user("bob");
    await user("carol", "pro");
    await request("alice", "pro");
    expect(await evacuate({ users: ["Alice", "bob", "carol", "nobody"], destinations: ["reserve"] })).toMatchObject({
      total: 1,
      refused: { "transfer-running": 1, "unknown-user": 2 },
    });
  });

  it("refuses what cannot be done", async () => {
    await clusters({ pro: { lifecycle: "draining" } });
    await user("alice");
    await expect(evacuate({ source: "nowhere" })).rejects.toMatchObject({ type: "unknown-cluster" });
    await expect(evacuate({ destinations: ["nowhere"] })).rejects.toMatchObject({ type: "unknown-cluster" });
    await expect(evacuate({ destinations: ["free"] })).rejects.toMatchObject({ type: "same-cluster" });
    await expect(evacuate({ destinations: ["pro"] })).rejects.toMatchObject({ type: "cluster-not-active" });
    await expect(evacuate({ users: ["alice"], share: 0.5 })).rejects.toMatchObject({ type: "invalid-request" });
    await expect(evacuate({ users: ["-"] })).rejects.toMatchObject({ type: "invalid-label" });
  });

  it("creates a hundred thousand transfers in seconds", async () => {
    await clusters();
    await users(100_000);
    const begin = performance.now();
    expect(await evacuate({ destinations: ["pro", "reserve"] })).toMatchObject({
      total: 100_000,
      destinations: { pro: 50_000, reserve: 50_000 },
    });
    expect(performance.now() - begin).toBeLessThan(20_000);
  }, 60_000);
});

describe("an evacuation", () => {
  it("moves a thousand users while nodes follow, and leaves nothing behind", async () => {
    await clusters();
    await users(1_000);
    await follow();
    drive(QUICK);
    const { id = "" } = await evacuate({ destinations: ["pro", "reserve"], concurrency: 400 });
    expect(await endOf(id)).toBe("done");
    expect(await counts()).toEqual({ free: [0, 0], pro: [500, 0], reserve: [500, 0] });
    await until("everything settled", async () => (await getEvacuation(store.pool, id)).phases.done === 1_000);
    for (const scope of ["edge:free", "edge:pro", "host:free", "host:pro"] as const) {
      expect(await entries(scope)).toEqual({});
    }
    expect(Object.keys(await entries("dns"))).toHaveLength(1_000);
    expect(await scalar(store.pool, "select count(*)::integer from tombstones")).toBe(0);
  }, 60_000);

  it("starts nothing while it is paused, and goes on", async () => {
    await clusters();
    await users(3);
    await follow();
    const { id = "" } = await evacuate({ destinations: ["pro"], rate: 1 });
    expect((await tell(id, "pause")).state).toBe("paused");
    drive();
    await user("alice");
    const { id: other } = await request("alice", "pro");
    await until("another transfer's end", async () => {
      const { items } = await listTransfers(store.pool, { limit: 10, phase: "settling" });
      return items.some((transfer) => transfer.id === other);
    });
    expect((await getEvacuation(store.pool, id)).phases).toEqual({ requested: 3 });
    expect((await tell(id, "resume")).state).toBe("running");
    expect(await endOf(id)).toBe("done");
    await expect(tell(id, "pause")).rejects.toMatchObject({ type: "evacuation-not-running" });
    await expect(tell(UNKNOWN_ID, "pause")).rejects.toMatchObject({ type: "unknown-evacuation" });
  });

  it("calls off what is queued when it is aborted, and lets what is under way end", async () => {
    await clusters();
    await users(50);
    await follow(["host:free"]);
    await silentNode("host:free", "slow");
    await store.pool.query("update nodes set connected = true, seen_ms = 1000000 where name = 'slow'");
    drive(SLOW);
    const { id = "" } = await evacuate({ destinations: ["pro"], concurrency: 5 });
    await until("five transfers under way", async () => {
      const { phases } = await getEvacuation(store.pool, id);
      return phases.stopping === 5 && phases.requested === 45;
    });
    expect((await tell(id, "abort")).state).toBe("aborting");
    await until("the queue's end", async () => (await getEvacuation(store.pool, id)).phases.aborted === 45);
    expect((await getEvacuation(store.pool, id)).state).toBe("aborting");
    await store.pool.query("update nodes set applied_revision = 1000000 where name = 'slow'");
    expect(await endOf(id)).toBe("aborted");
    expect(await counts()).toEqual({ free: [45, 0], pro: [5, 0], reserve: [0, 0] });
  });

  it("holds up no transfer of a single user", async () => {
    await clusters();
    await users(20_000);
    await user("alice", "pro");
    await follow();
    drive();
    const { id = "" } = await evacuate({ destinations: ["reserve"] });
    await until("much under way", async () => ((await getEvacuation(store.pool, id)).phases.requested ?? 0) < 18_000);
    const { id: single } = await request("alice", "free");
    await until("the single transfer's end", async () => {
      const { items } = await listTransfers(store.pool, { limit: 10, user: "alice", phase: "settling" });
      return items.some((transfer) => transfer.id === single);
    });
    expect((await getEvacuation(store.pool, id)).phases.requested ?? 0).toBeGreaterThan(0);
  }, 60_000);

  it("is listed page by page, newest first", async () => {
    await clusters();
    const ids = [];
    for (let n = 0; n < 3; n++) ids.unshift((await evacuate({ destinations: ["pro"] })).id);
    const first = await listEvacuations(store.pool, { limit: 2 });
    const second = await listEvacuations(store.pool, { limit: 2, cursor: first.next });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.next).toBeUndefined();
  });
});

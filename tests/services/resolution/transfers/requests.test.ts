import { getTransfer, listTombstones, listTransfers } from "../../../../services/resolution/transfers";
import { commit, useStore } from "../store-fixture";
import { setLifecycle } from "../../../../services/resolution/clusters";
import { transfersOf } from "./fixture";

const store = useStore();
const { cancel, clusters, counts, request, user } = transfersOf(store);

const UNKNOWN_ID = "00000000-0000-4000-8000-000000000000";

describe("requestTransfer", () => {
  it("counts the user as arriving, whatever the label's case", async () => {
    await clusters();
    await user("alice");
    expect(await request("Alice", "pro")).toMatchObject({
      user: "alice",
      source: "free",
      destination: "pro",
      phase: "requested",
      requestedBy: "ops",
    });
    expect(await counts()).toEqual({ free: [1, 0], pro: [0, 1], reserve: [0, 0] });
  });

  it("refuses what cannot be done, and changes nothing", async () => {
    await clusters({ pro: { maxUsers: 1 } });
    await user("alice");
    await user("bob", "pro");
    const before = await counts();
    await expect(request("carol", "pro")).rejects.toMatchObject({ type: "unknown-user" });
    await expect(request("-alice", "pro")).rejects.toMatchObject({ type: "invalid-label" });
    await expect(request("clusters", "pro")).rejects.toMatchObject({ type: "reserved-label" });
    await expect(request("alice", "nowhere")).rejects.toMatchObject({ type: "unknown-cluster" });
    await expect(request("alice", "free")).rejects.toMatchObject({ type: "same-cluster" });
    await expect(request("alice", "pro")).rejects.toMatchObject({ type: "cluster-full" });
    for (const lifecycle of ["draining", "provisioned"] as const) {
      await commit(store.pool, (tx) => setLifecycle(tx, "reserve", lifecycle));
      await expect(request("alice", "reserve")).rejects.toMatchObject({ type: "cluster-not-active" });
    }
    expect(await counts()).toEqual(before);
    expect((await listTransfers(store.pool, { limit: 10 })).items).toEqual([]);
  });

  it("refuses a second transfer while one runs", async () => {
    await clusters();
    await user("alice");
    const { id } = await request("alice", "pro");
    await expect(request("alice", "reserve")).rejects.toMatchObject({
      type: "transfer-running",
      message: expect.stringContaining(id) as string,
    });
    expect(await counts()).toEqual({ free: [1, 0], pro: [0, 1], reserve: [0, 0] });
  });

  it("chooses the least loaded of the plan's other clusters where none is named", async () => {
    await clusters({ pro: { plans: ["free"], maxUsers: 10 }, reserve: { plans: ["free"], maxUsers: 4 } });
    for (const [label, cluster] of Object.entries({
      alice: "free",
      bob: "free",
      carol: "pro",
      dave: "pro",
      eve: "pro",
    })) {
      await user(label, "free", cluster);
    }
    await user("frank", "free", "reserve");
    // Of 10 there are 3 taken in one, of 4 there is 1 in the other; then 2.
    expect((await request("alice")).destination).toBe("reserve");
    expect((await request("bob")).destination).toBe("pro");
  });

  it("says so where no other cluster serves the plan", async () => {
    await clusters();
    await user("alice");
    await expect(request("alice")).rejects.toMatchObject({ type: "no-cluster" });
  });

  it("fills a cluster to its cap and no further, however many ask at once", async () => {
    await clusters({ pro: { maxUsers: 5 } });
    const labels = Array.from({ length: 20 }, (_, n) => `user-${n}`);
    for (const label of labels) await user(label);
    const results = await Promise.allSettled(labels.map((label) => request(label, "pro")));
    const refused = results.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(15);
    for (const result of refused) expect(result).toMatchObject({ reason: { type: "cluster-full" } });
    expect((await counts()).pro).toEqual([0, 5]);
  });

  it("moves a user once, however many ask at once", async () => {
    await clusters();
    await user("alice");
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => request("alice", "pro")));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await counts()).pro).toEqual([0, 1]);
  });
});

describe("cancelTransfer", () => {
  it("leaves word for the driver, any number of times", async () => {
    await clusters();
    await user("alice");
    const { id } = await request("alice", "pro");
    expect(await cancel(id)).toMatchObject({ outcome: "cancelled" });
    expect(await cancel(id)).toMatchObject({ outcome: "cancelled" });
  });

  it("refuses once requests are forwarded, and for what is unknown", async () => {
    await clusters();
    await user("alice");
    const { id } = await request("alice", "pro");
    for (const phase of ["forwarding", "stopping", "publishing", "settling", "done"]) {
      await store.pool.query("update transfers set phase = $1", [phase]);
      await expect(cancel(id)).rejects.toMatchObject({ type: "transfer-not-cancellable" });
    }
    await expect(cancel(UNKNOWN_ID)).rejects.toMatchObject({ type: "unknown-transfer" });
    await expect(getTransfer(store.pool, UNKNOWN_ID)).rejects.toMatchObject({ type: "unknown-transfer" });
  });
});

describe("lists", () => {
  it("give every transfer once, newest first, page by page, while others are added", async () => {
    await clusters();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) {
      await user(`user-${n}`);
      ids.unshift((await request(`user-${n}`, "pro")).id);
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listTransfers(store.pool, { limit: 2, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
      await user(`later-${seen.length}`);
      await request(`later-${seen.length}`, "pro");
    } while (cursor !== undefined);
    expect(seen).toEqual(ids);
  });

  it("show only what is asked for", async () => {
    await clusters();
    await user("alice");
    await user("bob");
    const { id } = await request("alice", "pro");
    await request("bob", "pro");
    const only = async (query: object) =>
      (await listTransfers(store.pool, { limit: 10, ...query })).items.map((transfer) => transfer.user);
    expect(await only({ user: "Alice" })).toEqual(["alice"]);
    expect(await only({ phase: "accepting" })).toEqual([]);
    expect(await only({ evacuation: id })).toEqual([]);
  });

  it("page through tombstones by user and holder", async () => {
    await clusters();
    for (const label of ["alice", "bob"]) {
      await user(label);
      const { id } = await request(label, "pro");
      for (const holder of ["free", "reserve"]) {
        await store.pool.query(
          "insert into tombstones (user_label, holder, destination, transfer) values ($1, $2, 'pro', $3)",
          [label, holder, id],
        );
      }
    }
    const first = await listTombstones(store.pool, { limit: 3 });
    const second = await listTombstones(store.pool, { limit: 3, cursor: first.next });
    const shown = [...first.items, ...second.items].map((tombstone) => `${tombstone.user} ${tombstone.holder}`);
    expect(shown).toEqual(["alice free", "alice reserve", "bob free", "bob reserve"]);
    expect(second.next).toBeUndefined();
    expect((await listTombstones(store.pool, { limit: 9, holder: "free", user: "bob" })).items).toHaveLength(1);
  });

  it.each([
    "nonsense",
    Buffer.from('["2026-01-01","x"]').toString("base64url"),
    Buffer.from("[1,2]").toString("base64url"),
  ])("refuse the cursor %s", async (cursor) => {
    await expect(listTransfers(store.pool, { limit: 2, cursor })).rejects.toMatchObject({ type: "invalid-request" });
  });
});

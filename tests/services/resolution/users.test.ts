import { setLifecycle } from "../../../services/resolution/clusters";
import { getUser, listUsers } from "../../../services/resolution/users";
import { clusterDocument } from "../support/clusters";
import { commit, feedOf, haveClusters, headOf, useStore } from "./store-fixture";
import { usersOf } from "./users-fixture";

const store = useStore();
const { clusters, counts, create, entries, move } = usersOf(store);

describe("createUser", () => {
  it("places a user in a cluster of their plan, and tells directory and DNS", async () => {
    await clusters();
    const user = await create({ label: "Alice", plan: "pro" });
    expect(user).toEqual({
      label: "alice",
      plan: "pro",
      home: "pro",
      pinned: false,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    });
    expect(await getUser(store.pool, "ALICE")).toEqual(user);
    expect(await entries("directory")).toEqual({ "user/alice": { home: "pro" } });
    expect(await entries("dns")).toEqual({ "user/alice": { cluster: "pro" } });
    expect(await counts()).toEqual({ free: 0, pro: 1, reserve: 0 });
  });

  it("tells DNS nothing of a user in the default cluster", async () => {
    await clusters();
    await create({ label: "bob", plan: "free" });
    expect(await entries("directory")).toEqual({ "user/bob": { home: "free" } });
    expect((await feedOf(store.pool, "dns")).map(({ key }) => key)).not.toContain("user/bob");
  });

  it("pins a user to the cluster that is named, whatever its plans", async () => {
    await clusters();
    expect(await create({ label: "alice", plan: "free", cluster: "reserve" })).toMatchObject({
      home: "reserve",
      pinned: true,
    });
  });

  it("never exceeds a cap when many users come at once, and counts exactly", async () => {
    await clusters({ pro: { maxUsers: 7 } });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => create({ label: `u${index}`, plan: "pro" })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(7);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ type: "no-cluster" });
    }
    expect(await counts()).toEqual({ free: 0, pro: 7, reserve: 0 });
  });

  it("goes on to the plan's other clusters when the last room of one is taken meanwhile", async () => {
    await clusters({ pro: { maxUsers: 5 }, reserve: { plans: ["pro"], maxUsers: 15 } });
    await Promise.all(Array.from({ length: 20 }, (_, index) => create({ label: `u${index}`, plan: "pro" })));
    expect(await counts()).toEqual({ free: 0, pro: 5, reserve: 15 });
  });

  it("counts users on their way against the cap", async () => {
    await clusters({ pro: { maxUsers: 1 } });
    await create({ label: "alice", plan: "free" });
    await move("alice", "pro");
    await expect(create({ label: "bob", plan: "pro" })).rejects.toMatchObject({ type: "no-cluster" });
  });

  it("creates a user once when the same one comes many times at once", async () => {
    await clusters();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => create({ label: "alice", plan: "free" })),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await counts()).toMatchObject({ free: 1 });
  });

  it.each([
    ["invalid-label", { label: "-", plan: "free" }],
    ["reserved-label", { label: "NS", plan: "free" }],
    ["unknown-plan", { label: "x", plan: "gold" }],
    ["no-cluster", { label: "x", plan: "none" }],
    ["user-exists", { label: "TAKEN", plan: "pro" }],
    ["user-exists", { label: "taken", plan: "pro", cluster: "full" }],
    ["unknown-cluster", { label: "x", plan: "free", cluster: "nowhere" }],
    ["cluster-full", { label: "x", plan: "free", cluster: "full" }],
    ["cluster-not-active", { label: "x", plan: "free", cluster: "draining" }],
    ["cluster-not-active", { label: "x", plan: "free", cluster: "provisioned" }],
  ])("refuses with %s and changes nothing: %j", async (type, input) => {
    await haveClusters(store.pool, [
      clusterDocument("free", 1, { plans: ["free"] }),
      clusterDocument("full", 2, { plans: ["pro", "none"], maxUsers: 1 }),
      clusterDocument("draining", 3, { plans: ["none"], lifecycle: "draining" }),
      clusterDocument("provisioned", 4, { plans: ["none"], lifecycle: "provisioned" }),
    ]);
    await create({ label: "taken", plan: "pro" });
    const head = await headOf(store.pool);
    await expect(create(input)).rejects.toMatchObject({ type });
    expect(await headOf(store.pool)).toBe(head);
    expect(await counts()).toEqual({ free: 0, full: 1, draining: 0, provisioned: 0 });
  });
});

describe("an operator's lifecycle", () => {
  it("decides about new users at once", async () => {
    await clusters();
    await commit(store.pool, (tx) => setLifecycle(tx, "pro", "draining"));
    await expect(create({ label: "alice", plan: "pro" })).rejects.toMatchObject({ type: "no-cluster" });
    await commit(store.pool, (tx) => setLifecycle(tx, "pro", "active"));
    expect(await create({ label: "alice", plan: "pro" })).toMatchObject({ home: "pro" });
  });
});

describe("listUsers", () => {
  it("pages through all users, or those of a cluster, without gap or repetition", async () => {
    await clusters();
    for (const label of ["e", "a", "d"]) await create({ label, plan: "free" });
    for (const label of ["c", "b"]) await create({ label, plan: "pro" });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listUsers(store.pool, { limit: 2, cursor });
      seen.push(...page.items.map(({ label }) => label));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(seen).toEqual(["a", "b", "c", "d", "e"]);
    const ofPro = await listUsers(store.pool, { limit: 2, cluster: "pro" });
    expect(ofPro).toEqual({
      items: [expect.objectContaining({ label: "b" }), expect.objectContaining({ label: "c" })],
    });
  });

  it.each(["", "x", Buffer.from("[1]").toString("base64url"), Buffer.from('["a","b"]').toString("base64url")])(
    "refuses the cursor %j",
    async (cursor) => {
      await expect(listUsers(store.pool, { limit: 1, cursor })).rejects.toMatchObject({ type: "invalid-request" });
    },
  );

  it("refuses an unknown cluster", async () => {
    await expect(listUsers(store.pool, { limit: 1, cluster: "x" })).rejects.toMatchObject({ type: "unknown-cluster" });
  });
});

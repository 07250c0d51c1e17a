import { getUser } from "../../../services/resolution/users";
import { useStore } from "./store-fixture";
import { usersOf } from "./users-fixture";

const store = useStore();
const { change, clusters, create, move } = usersOf(store);

describe("changePlan", () => {
  it("moves a user whose cluster does not serve the new plan", async () => {
    await clusters();
    await create({ label: "alice", plan: "free" });
    const { user, transfer } = await change("Alice", "pro");
    expect(user).toMatchObject({ plan: "pro", home: "free" });
    expect(transfer).toMatchObject({
      user: "alice",
      source: "free",
      destination: "pro",
      mode: "planned",
      requestedBy: "web@example.org",
    });
    expect((await getUser(store.pool, "alice")).plan).toBe("pro");
  });

  it("moves nobody whose cluster serves the new plan", async () => {
    await clusters({ free: { plans: ["free", "pro"] } });
    await create({ label: "alice", plan: "free" });
    const result = await change("alice", "pro");
    expect(result.user.plan).toBe("pro");
    expect(result).not.toHaveProperty("transfer");
  });

  it("moves nobody who is pinned", async () => {
    await clusters();
    await create({ label: "alice", plan: "free", cluster: "free" });
    expect(await change("alice", "pro")).not.toHaveProperty("transfer");
  });

  it("lets a user go on who is on the way to a cluster that serves the new plan", async () => {
    await clusters();
    await create({ label: "alice", plan: "free" });
    await move("alice", "pro");
    expect(await change("alice", "pro")).not.toHaveProperty("transfer");
  });

  it("changes nothing when the move is refused", async () => {
    await clusters({ pro: { maxUsers: 1 } });
    await create({ label: "bob", plan: "pro" });
    await create({ label: "alice", plan: "free" });
    await expect(change("alice", "pro")).rejects.toMatchObject({ type: "no-cluster" });
    await expect(change("alice", "gold")).rejects.toMatchObject({ type: "unknown-plan" });
    await expect(change("carol", "pro")).rejects.toMatchObject({ type: "unknown-user" });
    await move("alice", "reserve");
    await expect(change("alice", "pro")).rejects.toMatchObject({ type: "transfer-running" });
    expect((await getUser(store.pool, "alice")).plan).toBe("free");
  });
});

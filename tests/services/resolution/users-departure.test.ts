import { appendFeed } from "../../../services/resolution/store/feed-writes";
import { getUser } from "../../../services/resolution/users";
import { commit, headOf, scalar, stateOf, useStore } from "./store-fixture";
import { usersOf } from "./users-fixture";

const store = useStore();
const { clusters, counts, create, entries, host, move, remove } = usersOf(store);

describe("deleteUser", () => {
  it("takes a user out of everything and has hosts stop their containers", async () => {
    await clusters();
    await create({ label: "alice", plan: "pro" });
    await remove("ALICE");
    await expect(getUser(store.pool, "alice")).rejects.toMatchObject({ type: "unknown-user" });
    expect(await entries("directory")).toEqual({});
    expect(await entries("dns")).toEqual({});
    expect(await entries("host:pro")).toEqual({ "user/alice": { residency: "leaving" } });
    expect(await counts()).toEqual({ free: 0, pro: 0, reserve: 0 });
  });

  it("deletes what edges were told of tombstones and domains, of that user only", async () => {
    await clusters();
    await create({ label: "alice", plan: "pro" });
    await create({ label: "bob", plan: "pro" });
    await store.pool.query(
      `insert into domains (name, user_label, host, token, verified_at)
       values ('a.test', 'alice', '', '', now()), ('b.test', 'alice', '', '', null), ('b.test', 'bob', '', '', now())`,
    );
    const moved = { cluster: "pro" };
    await commit(store.pool, (tx) =>
      appendFeed(tx, [
        { scope: "edge:free", key: "tombstone/alice", value: moved },
        { scope: "edge:free", key: "tombstone/bob", value: moved },
        { scope: "edge:free", key: "domain/a.test", value: { host: "" } },
        { scope: "edge:pro", key: "domain/a.test", value: { host: "" } },
        { scope: "edge:pro", key: "domain/b.test", value: { host: "" } },
        { scope: "directory", key: "domain/a.test", value: { user: "alice", host: "" } },
        { scope: "host:free", key: "user/alice", value: { residency: "leaving" } },
      ]),
    );
    await remove("alice");
    const left = async (scope: string) =>
      Object.keys(await stateOf(store.pool, scope)).filter((key) => !key.startsWith("cluster/") && key !== "zone");
    expect(await left("edge:free")).toEqual(["tombstone/bob"]);
    expect(await left("edge:pro")).toEqual(["domain/b.test"]);
    expect(await left("directory")).toEqual(["user/bob"]);
    // Hosts of the cluster that she had left before may still have to hear of it.
    expect(await left("host:free")).toEqual(["user/alice"]);
  });

  it("is refused while the user is being moved, and possible when the transfer settles", async () => {
    await clusters();
    await create({ label: "alice", plan: "free" });
    await move("alice", "pro");
    const head = await headOf(store.pool);
    await expect(remove("alice")).rejects.toMatchObject({ type: "transfer-running" });
    expect(await headOf(store.pool)).toBe(head);
    await store.pool.query("update transfers set phase = 'settling'");
    await remove("alice");
    expect(await scalar(store.pool, "select count(*)::integer from transfers")).toBe(0);
  });

  it("is refused for a user who does not exist", async () => {
    await expect(remove("nobody")).rejects.toMatchObject({ type: "unknown-user" });
  });

  it("frees the name once no host can be running the old user's containers", async () => {
    await clusters();
    await create({ label: "alice", plan: "pro" });
    await host("h1", 0);
    await remove("alice");
    const again = { label: "alice", plan: "free" };
    const refused = create(again);
    await expect(refused).rejects.toMatchObject({ type: "user-exists", retryAfterSeconds: 10 });
    await expect(refused).rejects.toThrow(/host:pro still stops its containers/);
    await host("h1", await headOf(store.pool));
    expect(await create(again)).toMatchObject({ home: "free" });
    // Otherwise hosts would refuse the new user for what they were told of the old one.
    expect(await entries("host:pro")).toEqual({});
  });

  it("and creation at once keep counts and feed in step", async () => {
    await clusters();
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const label = `u${index % 8}`;
        await create({ label, plan: index % 2 === 0 ? "free" : "pro" }).catch(() => undefined);
        await remove(label).catch(() => undefined);
      }),
    );
    for (const label of ["u0", "u1", "u2"]) await create({ label, plan: "free" }).catch(() => undefined);
    await counts();
    const { rows } = await store.pool.query<{ label: string; home: string }>("select label, home from users");
    expect(await entries("directory")).toEqual(
      Object.fromEntries(rows.map(({ label, home }) => [`user/${label}`, { home }])),
    );
  });
});

import type { ClusterDocument } from "../../../services/contracts/cluster";
import { holdDefaultCluster, syncClusters } from "../../../services/resolution/clusters";
import type { ClusterSync } from "../../../services/resolution/clusters";
import { createUser } from "../../../services/resolution/users";
import { until } from "../../support/until";
import { clusterDocument } from "../support/clusters";
import { commit, feedOf, headOf, scalar, stateOf, useStore } from "./store-fixture";

const store = useStore();
const a = clusterDocument("a", 1, { plans: ["free"] });
const b = clusterDocument("b", 2, { plans: ["pro"] });
const c = clusterDocument("c", 3);
const NO_NEWS: ClusterSync = { added: [], changed: [], removed: [], kept: [] };

const sync = (documents: ClusterDocument[], defaultCluster = "a") =>
  commit(store.pool, (tx) => syncClusters(tx, documents, defaultCluster));
const create = (label: string, cluster: string) =>
  commit(store.pool, (tx) =>
    createUser(tx, { defaultCluster: "a", plans: ["free"] }, { label, plan: "free", cluster }),
  );

describe("a change of the default cluster", () => {
  /** What a name server answers for each user after each entry, from the feed alone. */
  function answers(entries: Awaited<ReturnType<typeof feedOf>>, labels: string[], state: Map<string, unknown>) {
    return entries.map(({ key, value }) => {
      if (value === null) state.delete(key);
      else state.set(key, value);
      const zone = state.get("zone") as { defaultCluster: string };
      const own = (label: string) => (state.get(`user/${label}`) as { cluster: string } | undefined)?.cluster;
      return Object.fromEntries(
        labels.map((label) => {
          const cluster = own(label) ?? zone.defaultCluster;
          return [label, state.has(`cluster/${cluster}`) ? cluster : "no address"];
        }),
      );
    });
  }

  it("leaves every user's answer right at every entry on the way", async () => {
    await sync([a, b, c]);
    const homes = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`u${index}`, ["a", "b", "c"][index % 3] ?? ""]),
    );
    for (const [label, home] of Object.entries(homes)) await create(label, home);
    const before = new Map(Object.entries(await stateOf(store.pool, "dns")));
    const head = await headOf(store.pool);
    const d = clusterDocument("d", 4);
    expect(await sync([a, b, c, d], "d")).toEqual({ ...NO_NEWS, added: ["d"], defaultCluster: "d" });
    expect(await sync([a, b, c], "b")).toEqual({ ...NO_NEWS, removed: ["d"], defaultCluster: "b" });
    const entries = await feedOf(store.pool, "dns", head);
    for (const answer of answers(entries, Object.keys(homes), before)) expect(answer).toEqual(homes);
    expect((await stateOf(store.pool, "directory")).zone).toEqual({ defaultCluster: "b" });
    const own = Object.keys(await stateOf(store.pool, "dns")).filter((key) => key.startsWith("user/"));
    expect(own.sort()).toEqual(
      Object.keys(homes)
        .filter((label) => homes[label] !== "b")
        .map((label) => `user/${label}`)
        .sort(),
    );
  });

  it("waits for whoever has looked at the old one to place a user", async () => {
    await sync([a, b]);
    const waiting = () => scalar(store.pool, "select count(*)::integer from pg_locks where not granted");
    let changing: Promise<ClusterSync> | undefined;
    await commit(store.pool, async (tx) => {
      expect(await holdDefaultCluster(tx)).toBe("a");
      changing = sync([a, b], "b");
      await until("the change to wait", async () => (await waiting()) === 1, 4_000);
      const placement = { defaultCluster: "a", plans: ["free"] };
      await createUser(tx, placement, { label: "alice", plan: "free", cluster: "a" });
    });
    expect(await changing).toMatchObject({ defaultCluster: "b" });
    expect((await stateOf(store.pool, "dns"))["user/alice"]).toEqual({ cluster: "a" });
  });

  it("misses no user who is created meanwhile", async () => {
    await sync([a, b]);
    const created = Promise.all(Array.from({ length: 60 }, (_, index) => create(`u${index}`, index % 2 ? "a" : "b")));
    await Promise.all([created, sync([a, b], "b"), sync([a, b], "a"), sync([a, b], "b")]);
    const final = (await scalar(store.pool, "select default_cluster from zone")) as string;
    const { rows } = await store.pool.query<{ key: string; home: string }>(
      "select 'user/' || label as key, home from users where home <> $1 order by label collate \"C\"",
      [final],
    );
    const state = await stateOf(store.pool, "dns");
    const own = Object.entries(state).filter(([key]) => key.startsWith("user/"));
    expect(Object.fromEntries(own)).toEqual(Object.fromEntries(rows.map(({ key, home }) => [key, { cluster: home }])));
    expect(rows).toHaveLength(30);
  });

  it("gives the entries of many users one revision each, without gap", async () => {
    await sync([a, b]);
    await store.pool.query(
      "insert into users (label, plan, home) select 'u' || n, 'free', 'a' from generate_series(1, 20000) n",
    );
    const head = await headOf(store.pool);
    await sync([a, b], "b");
    expect(await headOf(store.pool)).toBe(head + 20_000 + 2);
    const span = await store.pool.query(
      `select count(*)::integer, min(revision)::integer, max(revision)::integer, count(value)::integer as values
       from feed where scope = 'dns' and key like 'user/%'`,
    );
    expect(span.rows).toEqual([{ count: 20_000, min: head + 1, max: head + 20_000, values: 20_000 }]);
    const back = await headOf(store.pool);
    await sync([a, b], "a");
    expect(await headOf(store.pool)).toBe(back + 2 + 20_000);
    expect(await scalar(store.pool, "select count(value)::integer from feed where key like 'user/%'")).toBe(0);
  });
});

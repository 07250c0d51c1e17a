import type { ClusterDocument } from "../../../services/contracts/cluster";
import { getCluster, listClusters, setLifecycle, syncClusters } from "../../../services/resolution/clusters";
import type { ClusterSync } from "../../../services/resolution/clusters";
import { createUser } from "../../../services/resolution/users";
import { clusterDocument } from "../support/clusters";
import { commit, feedOf, headOf, stateOf, useStore } from "./store-fixture";

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

async function clusterKeys(scope: string): Promise<string[]> {
  return Object.keys(await stateOf(store.pool, scope))
    .filter((key) => key.startsWith("cluster/"))
    .sort();
}

describe("syncClusters", () => {
  it("stores new clusters and tells DNS, directory and all other clusters' edges their addresses", async () => {
    const ipv4Only = { ...b };
    delete ipv4Only.hostingIpv6;
    expect(await sync([a, ipv4Only])).toEqual({ ...NO_NEWS, added: ["a", "b"], defaultCluster: "a" });
    expect(await stateOf(store.pool, "dns")).toEqual({
      zone: { defaultCluster: "a" },
      "cluster/a": { ipv4: "192.0.2.1", ipv6: "2001:db8::1" },
      "cluster/b": { ipv4: "192.0.2.2" },
    });
    expect(await stateOf(store.pool, "directory")).toEqual({
      zone: { defaultCluster: "a" },
      "cluster/a": { hostingAddress: "192.0.2.1", hostingIpv6: "2001:db8::1", workspaceAddress: "198.51.100.1" },
      "cluster/b": { hostingAddress: "192.0.2.2", workspaceAddress: "198.51.100.2" },
    });
    const toA = { hostingAddress: "192.0.2.1", workspaceAddress: "198.51.100.1" };
    expect(await stateOf(store.pool, "edge:b")).toEqual({ "cluster/a": toA });
    expect(await clusterKeys("edge:a")).toEqual(["cluster/b"]);
  });

  it("writes nothing without news", async () => {
    await sync([a, b]);
    const head = await headOf(store.pool);
    expect(await sync([a, b])).toEqual(NO_NEWS);
    expect(await headOf(store.pool)).toBe(head);
  });

  it("tells a cluster that is added of the others, and the others of it, and no more", async () => {
    await sync([a, b]);
    const head = await headOf(store.pool);
    expect(await sync([a, b, c])).toEqual({ ...NO_NEWS, added: ["c"] });
    expect(await clusterKeys("edge:c")).toEqual(["cluster/a", "cluster/b"]);
    expect((await feedOf(store.pool, "edge:a", head)).map(({ key }) => key)).toEqual(["cluster/c"]);
    expect(await headOf(store.pool)).toBe(head + 6);
  });

  it("tells of an address that changes wherever it is known", async () => {
    await sync([a, b, c]);
    const head = await headOf(store.pool);
    expect(await sync([a, { ...b, hostingAddress: "192.0.2.99" }, c])).toEqual({ ...NO_NEWS, changed: ["b"] });
    for (const scope of ["dns", "directory", "edge:a", "edge:c"]) {
      expect((await feedOf(store.pool, scope, head)).map(({ key }) => key)).toEqual(["cluster/b"]);
    }
    expect(await feedOf(store.pool, "edge:b", head)).toEqual([]);
    expect((await getCluster(store.pool, "b")).hosting.ipv4).toBe("192.0.2.99");
  });

  it("tells nobody of a cap or of plans, which matter here alone", async () => {
    await sync([a, b]);
    const head = await headOf(store.pool);
    expect(await sync([{ ...a, maxUsers: 9, plans: [] }, b])).toEqual({ ...NO_NEWS, changed: ["a"] });
    expect(await headOf(store.pool)).toBe(head);
    expect(await getCluster(store.pool, "a")).toMatchObject({ maxUsers: 9, plans: [] });
  });

  it("lets many replicas sync at once", async () => {
    await Promise.all(Array.from({ length: 6 }, () => sync([a, b, c])));
    expect(await headOf(store.pool)).toBe(3 + 3 + 6 + 2);
  });

  it("refuses a default cluster without document, and changes nothing", async () => {
    await expect(sync([a], "z")).rejects.toThrow(/default cluster "z": is none of a/);
    expect(await listClusters(store.pool)).toEqual([]);
  });
});

describe("lifecycle", () => {
  it("is the operator's until the document says another one than before", async () => {
    await sync([a, b]);
    await commit(store.pool, (tx) => setLifecycle(tx, "b", "draining"));
    await sync([a, { ...b, maxUsers: 5 }]);
    expect((await getCluster(store.pool, "b")).lifecycle).toBe("draining");
    await sync([a, { ...b, lifecycle: "provisioned" }]);
    expect((await getCluster(store.pool, "b")).lifecycle).toBe("provisioned");
    await sync([a, b]);
    expect((await getCluster(store.pool, "b")).lifecycle).toBe("active");
  });

  it("decides the headroom", async () => {
    await sync([{ ...a, maxUsers: 3 }]);
    await create("alice", "a");
    expect(await getCluster(store.pool, "a")).toMatchObject({ users: 1, arriving: 0, headroom: 2 });
    const drained = await commit(store.pool, (tx) => setLifecycle(tx, "a", "draining"));
    expect(drained).toMatchObject({ users: 1, headroom: 0 });
  });

  it("cannot be set for a cluster that is unknown or was taken out", async () => {
    await sync([a, b]);
    await sync([a]);
    for (const name of ["b", "z"]) {
      const set = commit(store.pool, (tx) => setLifecycle(tx, name, "active"));
      await expect(set).rejects.toMatchObject({ type: "unknown-cluster" });
    }
  });
});

describe("a cluster that is taken out of the environment", () => {
  it("is deleted from the feed when it has no users", async () => {
    await sync([a, b, c]);
    expect(await sync([a, b])).toEqual({ ...NO_NEWS, removed: ["c"] });
    expect(await clusterKeys("dns")).toEqual(["cluster/a", "cluster/b"]);
    expect(await clusterKeys("edge:a")).toEqual(["cluster/b"]);
    expect(await clusterKeys("edge:c")).toEqual([]);
    expect((await listClusters(store.pool)).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("is kept while it has users, takes no more, and goes when they have gone", async () => {
    await sync([a, b]);
    await create("alice", "b");
    expect(await sync([a])).toEqual({ ...NO_NEWS, removed: ["b"], kept: ["b"] });
    expect(await clusterKeys("dns")).toEqual(["cluster/a", "cluster/b"]);
    expect(await getCluster(store.pool, "b")).toMatchObject({ lifecycle: "draining", users: 1, headroom: 0 });
    await expect(create("bob", "b")).rejects.toMatchObject({ type: "cluster-not-active" });
    expect(await sync([a])).toEqual({ ...NO_NEWS, kept: ["b"] });
    await store.pool.query("delete from users; update clusters set users = 0");
    expect(await sync([a])).toEqual(NO_NEWS);
    expect(await clusterKeys("dns")).toEqual(["cluster/a"]);
    await expect(create("bob", "b")).rejects.toMatchObject({ type: "unknown-cluster" });
  });

  it("keeps the addresses that its edges forward to, while they forward", async () => {
    await sync([a, b]);
    await create("alice", "a");
    await store.pool.query(
      `with moved as (
         insert into transfers (id, user_label, source, destination, mode, phase, reason, phase_since_ms, requested_by)
         values (gen_random_uuid(), 'alice', 'b', 'a', 'planned', 'settling', '', 0, '') returning id
       )
       insert into tombstones (user_label, holder, destination, transfer) select 'alice', 'b', 'a', id from moved`,
    );
    expect(await sync([a])).toEqual({ ...NO_NEWS, removed: ["b"], kept: ["b"] });
    expect(await clusterKeys("edge:b")).toEqual(["cluster/a"]);
  });

  it("comes back as its document says", async () => {
    await sync([a, b]);
    await commit(store.pool, (tx) => setLifecycle(tx, "b", "draining"));
    await sync([a]);
    expect(await sync([a, b])).toEqual({ ...NO_NEWS, added: ["b"] });
    expect((await getCluster(store.pool, "b")).lifecycle).toBe("active");
    expect(await clusterKeys("edge:a")).toEqual(["cluster/b"]);
  });
});

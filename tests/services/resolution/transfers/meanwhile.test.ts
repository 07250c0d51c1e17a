/** What others do to a user, a cluster or the zone while the user is being moved. */
import { setLifecycle, syncClusters } from "../../../../services/resolution/clusters";
import { changePlan, deleteUser } from "../../../../services/resolution/users";
import { getTransfer } from "../../../../services/resolution/transfers";
import { clusterDocument } from "../../support/clusters";
import { commit, scalar, useStore } from "../store-fixture";
import { QUICK, SLOW, transfersOf } from "./fixture";

const store = useStore();
const { cancel, clusters, counts, drive, end, entries, follow, home, reach, request, silentNode, user } =
  transfersOf(store);

const PLACEMENT = { defaultCluster: "free", plans: ["free", "pro"] };

beforeEach(async () => {
  await clusters();
  await user("alice");
});
afterEach(end);

const deletion = () => commit(store.pool, (tx) => deleteUser(tx, "alice"));

/** Makes another cluster the one that the zone's wildcard answers. */
const makeDefault = (name: string) =>
  commit(store.pool, (tx) =>
    syncClusters(
      tx,
      Object.entries({ free: ["free"], pro: ["pro"], reserve: [] }).map(([cluster, plans], index) =>
        clusterDocument(cluster, index + 1, { plans }),
      ),
      name,
    ),
  );

/** A transfer to `pro` that has come as far as accepting, and goes on once its last edge is forgotten. */
async function heldUp() {
  await follow(["edge:pro"]);
  await silentNode("edge:pro", "edge-1");
  drive(SLOW);
  const { id } = await request("alice", "pro");
  await reach(id, "accepting");
  const goOn = () => store.pool.query("delete from nodes where name = 'edge-1'");
  return { id, goOn };
}

describe("the default cluster", () => {
  it.each(["free", "pro", "reserve"])("may become %s in the midst: DNS then says where the user is", async (name) => {
    const { id, goOn } = await heldUp();
    await makeDefault(name);
    const before = await entries("dns");
    expect(before).toEqual(name === "free" ? {} : { "user/alice": { cluster: "free" } });
    await goOn();
    await reach(id, "settling");
    expect(await entries("dns")).toEqual(name === "pro" ? {} : { "user/alice": { cluster: "pro" } });
  });

  it("may change back and forth while a transfer settles", async () => {
    await follow();
    drive(SLOW);
    const { id } = await request("alice", "pro");
    await reach(id, "settling");
    await makeDefault("pro");
    expect(await entries("dns")).toEqual({});
    await makeDefault("reserve");
    expect(await entries("dns")).toEqual({ "user/alice": { cluster: "pro" } });
    expect(await entries("edge:free")).toEqual({ "tombstone/alice": { cluster: "pro" } });
  });
});

describe("the user", () => {
  it("cannot be deleted while they are moved", async () => {
    const { id } = await heldUp();
    await expect(deletion()).rejects.toMatchObject({ type: "transfer-running" });
    expect((await getTransfer(store.pool, id)).phase).toBe("accepting");
  });

  it("can be deleted while a transfer settles, and takes transfer and tombstones along", async () => {
    await user("bob");
    await follow();
    drive(QUICK);
    const { id } = await request("alice", "pro");
    await reach(id, "settling");
    await deletion();
    expect(await entries("edge:free")).toEqual({});
    expect(await entries("dns")).toEqual({});
    expect(await scalar(store.pool, "select count(*)::integer from transfers")).toBe(0);
    expect(await counts()).toEqual({ free: [1, 0], pro: [0, 0], reserve: [0, 0] });
    // And nothing of it holds up others.
    await reach((await request("bob", "pro")).id, "done");
  });

  it("may get a plan that the destination serves, and no other before they have arrived", async () => {
    const { id, goOn } = await heldUp();
    const change = (plan: string) => commit(store.pool, (tx) => changePlan(tx, PLACEMENT, "alice", plan, "ops"));
    expect(await change("pro")).not.toHaveProperty("transfer");
    await expect(change("free")).rejects.toMatchObject({ type: "transfer-running" });
    await goOn();
    await reach(id, "settling");
    expect(await home("alice")).toBe("pro");
  });
});

describe("the destination", () => {
  it("may be closed once it accepts the user, who still arrives", async () => {
    const { id, goOn } = await heldUp();
    await commit(store.pool, (tx) => setLifecycle(tx, "pro", "draining"));
    await goOn();
    await reach(id, "settling");
    expect(await home("alice")).toBe("pro");
    expect(await counts()).toEqual({ free: [0, 0], pro: [1, 0], reserve: [0, 0] });
  });

  it("may be closed, and the transfer still be called off", async () => {
    const { id } = await heldUp();
    await commit(store.pool, (tx) => setLifecycle(tx, "pro", "draining"));
    await cancel(id);
    await reach(id, "aborting", "aborted");
    expect(await counts()).toEqual({ free: [1, 0], pro: [0, 0], reserve: [0, 0] });
  });
});

import { clusterDocument } from "../support/clusters";
import { Directory, followDirectory } from "../../../services/resolution/directory";
import { FeedHub } from "../../../services/resolution/feed/hub";
import { appendFeed } from "../../../services/resolution/store/feed-writes";
import { tidyAll } from "../../../services/resolution/store/housekeeping";
import { write } from "../../../services/resolution/store/unit-of-work";
import { createUser, deleteUser } from "../../../services/resolution/users";
import { until } from "../../support/until";
import { commit, haveClusters, useStore } from "./store-fixture";

const store = useStore();
const placement = { defaultCluster: "free", plans: ["free"] };

describe("followDirectory", () => {
  let hub: FeedHub;
  let directory: Directory;
  let stopping: AbortController;
  let following: Promise<void>;

  beforeEach(async () => {
    await haveClusters(store.pool, [clusterDocument("free", 1, { plans: ["free"] })]);
    directory = new Directory({ zone: "apps.example", ttlSeconds: 60 });
    follow();
    await until("the directory", () => directory.isReady);
  });
  afterEach(stop);

  function follow(): void {
    hub = new FeedHub({ pool: store.pool });
    hub.start();
    stopping = new AbortController();
    following = followDirectory(directory, hub, stopping.signal);
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await following;
    await hub.stop();
  }

  const request = (action: string) => ({
    actor: "web@example.org",
    requestId: "1",
    action,
    target: "user/alice",
    fingerprint: "",
    status: 200,
  });
  const create = (label: string) =>
    write(store.pool, request("createUser"), (tx) => createUser(tx, placement, { label, plan: "free" }));

  it("shows a write once it has the write's revision", async () => {
    const { revision } = await create("alice");
    expect(await directory.until(revision, 10_000)).toBe(true);
    expect(directory.resolve({ user: "alice" })).toMatchObject({ cluster: "free" });
    const gone = await write(store.pool, request("deleteUser"), (tx) => deleteUser(tx, "alice"));
    expect(await directory.until(gone.revision, 10_000)).toBe(true);
    expect(() => directory.resolve({ user: "alice" })).toThrow(/no user "alice"/);
  });

  it("answers on while the feed is away, says so, and catches up from where it was", async () => {
    const first = await create("alice");
    await directory.until(first.revision, 10_000);
    await stop();
    expect(directory.stalenessSeconds).toBeGreaterThanOrEqual(1);
    expect(directory.resolve({ user: "alice" })).toMatchObject({ cluster: "free" });
    const { revision } = await create("bob");
    follow();
    expect(await directory.until(revision, 10_000)).toBe(true);
    expect(directory.resolve({ user: "bob" })).toMatchObject({ cluster: "free" });
    await until("a live feed", () => directory.stalenessSeconds === 0);
  });

  it("starts anew without a gap in its answers when deletions that it missed are gone", async () => {
    await create("alice");
    const { revision } = await create("bob");
    await directory.until(revision, 10_000);
    await stop();
    await commit(store.pool, (tx) => deleteUser(tx, "alice"));
    await tidyAll(store.pool);
    await store.pool.query("update service_clock set elapsed_ms = elapsed_ms + 86400000");
    expect(await tidyAll(store.pool)).toMatchObject({ deletions: 1 });
    // Other scopes' entries move the head on, so that nothing but the pruning tells that something is missing.
    await commit(store.pool, (tx) => appendFeed(tx, [{ scope: "dns", key: "user/x", value: null }]));
    expect(directory.resolve({ user: "alice" })).toMatchObject({ cluster: "free" });
    follow();
    await until("the deletion", () => {
      expect(directory.resolve({ user: "bob" })).toMatchObject({ cluster: "free" });
      try {
        directory.resolve({ user: "alice" });
        return false;
      } catch {
        return true;
      }
    });
  });
});

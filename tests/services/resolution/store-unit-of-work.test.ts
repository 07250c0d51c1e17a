import { Problem } from "../../../services/contracts/problems";
import { appendFeed } from "../../../services/resolution/store/feed-writes";
import { write, type WriteRequest } from "../../../services/resolution/store/unit-of-work";
import { headOf, scalar, useStore } from "./store-fixture";

const store = useStore();

const request: WriteRequest = {
  actor: "ops@example.org",
  requestId: "request-1",
  action: "createUser",
  target: "user/alice",
  detail: { plan: "free" },
  idempotencyKey: "key-1",
  fingerprint: "print-1",
  status: 201,
};
const withoutKey: WriteRequest = { ...request, idempotencyKey: undefined };

function counting() {
  const calls = { count: 0 };
  const work = () => Promise.resolve({ made: ++calls.count });
  return { calls, work };
}

describe("write", () => {
  it("commits the work with an audit row", async () => {
    const result = await write(store.pool, withoutKey, async (tx) => {
      await appendFeed(tx, [{ scope: "directory", key: "user/alice", value: { home: "free" } }]);
      return { label: "alice" };
    });
    expect(result).toEqual({ status: 201, body: { label: "alice" }, replayed: false, revision: 1 });
    const { rows } = await store.pool.query("select actor, action, target, request_id, detail from audit");
    expect(rows).toEqual([
      {
        actor: "ops@example.org",
        action: "createUser",
        target: "user/alice",
        request_id: "request-1",
        detail: { plan: "free" },
      },
    ]);
  });

  it("leaves nothing of work that fails: no change, no audit, no key", async () => {
    const refusal = new Problem("user-exists", "taken");
    const work = write(store.pool, request, async (tx) => {
      await appendFeed(tx, [{ scope: "directory", key: "user/alice", value: { home: "free" } }]);
      throw refusal;
    });
    await expect(work).rejects.toBe(refusal);
    expect(await headOf(store.pool)).toBe(0);
    expect(await scalar(store.pool, "select count(*)::integer from audit")).toBe(0);
    expect((await write(store.pool, request, counting().work)).replayed).toBe(false);
  });

  it("answers a request with the same key as before, and does nothing", async () => {
    const { calls, work } = counting();
    const first = await write(store.pool, request, work);
    const second = await write(store.pool, { ...request, requestId: "request-2" }, work);
    expect(second).toEqual({ ...first, replayed: true });
    expect(calls.count).toBe(1);
    expect(await scalar(store.pool, "select count(*)::integer from audit")).toBe(1);
  });

  it("replays an answer without body as one without body", async () => {
    const nothing = { ...request, status: 204 };
    await write(store.pool, nothing, () => Promise.resolve());
    const replay = await write(store.pool, nothing, () => Promise.resolve());
    expect(replay).toMatchObject({ status: 204, body: undefined, replayed: true });
  });

  it("does the work once when the same request comes many times at once", async () => {
    const { calls, work } = counting();
    const results = await Promise.all(Array.from({ length: 10 }, () => write(store.pool, request, work)));
    expect(calls.count).toBe(1);
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(results.every(({ body }) => body?.made === 1)).toBe(true);
  });

  it("refuses a key that was used for another request", async () => {
    await write(store.pool, request, counting().work);
    const other = write(store.pool, { ...request, fingerprint: "print-2" }, counting().work);
    await expect(other).rejects.toMatchObject({ type: "idempotency-key-reused" });
  });

  it("lets two callers use the same key", async () => {
    const { calls, work } = counting();
    await write(store.pool, request, work);
    const other = await write(store.pool, { ...request, actor: "web@example.org", fingerprint: "print-2" }, work);
    expect(other.replayed).toBe(false);
    expect(calls.count).toBe(2);
  });

  it("does every request without a key", async () => {
    const { calls, work } = counting();
    await write(store.pool, withoutKey, work);
    await write(store.pool, withoutKey, work);
    expect(calls.count).toBe(2);
  });

  it("tells the revision of the directory, not of what concerns it not", async () => {
    const result = await write(store.pool, withoutKey, async (tx) => {
      await appendFeed(tx, [{ scope: "directory", key: "user/alice", value: { home: "free" } }]);
      await appendFeed(tx, [{ scope: "dns", key: "user/alice", value: { cluster: "pro" } }]);
    });
    expect(result.revision).toBe(1);
    expect(await headOf(store.pool)).toBe(2);
  });
});

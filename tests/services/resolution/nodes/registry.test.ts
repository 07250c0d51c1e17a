import { randomUUID } from "node:crypto";
import { Client, type Pool } from "pg";
import type { Acknowledgement, FeedQuery, Node } from "../../../../services/contracts/resources";
import { forgetNode, listNodes } from "../../../../services/resolution/nodes/list";
import { NodeRegistry } from "../../../../services/resolution/nodes/registry";
import { transaction } from "../../../../services/resolution/store/database";
import { openFeedStore, put, write } from "../../../support/feed-store";
import { TestPostgres } from "../../../support/postgres";
import { until } from "../../../support/until";

// Some tests kill the store, and its recovery takes seconds on a busy machine.
jest.setTimeout(30_000);

let postgres: TestPostgres;
let pool: Pool;
const registries: NodeRegistry[] = [];

beforeAll(async () => {
  postgres = await TestPostgres.start({ durable: true });
});
beforeEach(async () => {
  pool = await openFeedStore(postgres);
});
afterEach(async () => {
  await Promise.all(registries.splice(0).map((registry) => registry.stop()));
  await pool.end();
});
afterAll(async () => {
  await postgres.stop();
});

function startRegistry(): NodeRegistry {
  const registry = new NodeRegistry({ pool, sweepMs: 30 });
  registries.push(registry);
  registry.start();
  return registry;
}

const PROCESS = randomUUID();
const NEXT_PROCESS = randomUUID();

function edge(part: Partial<FeedQuery> = {}): FeedQuery {
  return { kind: "edge", cluster: "one", node: "edge-1", incarnation: PROCESS, after: 0, ...part };
}

function applied(revision: number, part: Partial<Acknowledgement> = {}): Acknowledgement {
  return { kind: "edge", cluster: "one", incarnation: PROCESS, revision, ...part };
}

async function onlyNode(): Promise<Node> {
  const nodes = await listNodes(pool);
  expect(nodes).toHaveLength(1);
  return nodes[0]!;
}

async function advanceClock(ms: number): Promise<void> {
  await pool.query("update service_clock set elapsed_ms = elapsed_ms + $1", [ms]);
}

async function writeMany(count: number): Promise<void> {
  for (let value = 0; value < count; value++) await write(pool, put("edge:one", `tombstone/u${value}`, value));
}

test("a node that connects is registered, has applied what it acknowledges, and its lag counts its own scope only", async () => {
  await writeMany(5);
  await write(pool, put("edge:two", "tombstone/x", 1), put("dns", "user/x", 1));
  const registry = startRegistry();
  await registry.connect(edge({ after: 5 }));
  expect(await onlyNode()).toMatchObject({ live: true, appliedRevision: 0, lag: 5 });
  await registry.acknowledge("edge-1", applied(3));
  expect(await onlyNode()).toEqual({
    name: "edge-1",
    kind: "edge",
    cluster: "one",
    scope: "edge:one",
    live: true,
    appliedRevision: 3,
    lag: 2,
    seenAt: expect.any(String) as string,
  });
});

test("an acknowledgement raises the applied revision, and an earlier one that comes late does not lower it", async () => {
  await writeMany(5);
  const registry = startRegistry();
  await registry.connect(edge());
  await registry.acknowledge("edge-1", applied(4));
  await registry.acknowledge("edge-1", applied(2));
  expect(await onlyNode()).toMatchObject({ appliedRevision: 4, lag: 1 });
});

test("a node that connects again has still applied what it acknowledged, and not what it has merely received", async () => {
  await writeMany(5);
  const registry = startRegistry();
  await registry.connect(edge());
  await registry.acknowledge("edge-1", applied(3));
  await registry.connect(edge({ after: 5 }));
  expect((await onlyNode()).appliedRevision).toBe(3);
});

test("acknowledgements that come at once are written together, each to its node", async () => {
  await writeMany(3);
  const registry = startRegistry();
  const names = Array.from({ length: 1_500 }, (_, index) => `edge-${index}`);
  await Promise.all(names.map((node) => registry.connect(edge({ node }))));
  const { rows: before } = await pool.query<{ xid: string }>("select txid_current() as xid");
  await Promise.all(names.map((name, index) => registry.acknowledge(name, applied(index % 4))));
  const { rows: after } = await pool.query<{ xid: string }>("select txid_current() as xid");
  // Two batches, and the statement that asks.
  expect(Number(after[0]?.xid) - Number(before[0]?.xid)).toBeLessThanOrEqual(3);
  const nodes = await listNodes(pool);
  const expected = new Map(names.map((name, index) => [name, index % 4]));
  expect(new Map(nodes.map(({ name, appliedRevision }) => [name, appliedRevision]))).toEqual(expected);
});

test("a new process of a node has applied nothing before it says so, and the old one counts no more", async () => {
  await writeMany(5);
  const registry = startRegistry();
  const old = await registry.connect(edge());
  await registry.acknowledge("edge-1", applied(5));
  await registry.connect(edge({ incarnation: NEXT_PROCESS, after: 2 }));
  expect(old.signal.aborted).toBe(true);
  await expect(registry.acknowledge("edge-1", applied(5))).rejects.toMatchObject({ type: "unknown-node" });
  expect((await onlyNode()).appliedRevision).toBe(0);
  await registry.acknowledge("edge-1", applied(3, { incarnation: NEXT_PROCESS }));
  expect((await onlyNode()).appliedRevision).toBe(3);
});

test("a node that was never there is unknown", async () => {
  const answer = startRegistry().acknowledge("edge-1", applied(0));
  await expect(answer).rejects.toMatchObject({ type: "unknown-node" });
});

test("a revision that the store does not have yet is nobody's", async () => {
  await writeMany(2);
  const registry = startRegistry();
  await registry.connect(edge());
  await registry.acknowledge("edge-1", applied(9));
  expect((await onlyNode()).appliedRevision).toBe(0);
  await registry.acknowledge("edge-1", applied(2));
  expect((await onlyNode()).appliedRevision).toBe(2);
});

test("a connection to another replica ends the one before, whose end then says nothing", async () => {
  const [here, there] = [startRegistry(), startRegistry()];
  const old = await here.connect(edge());
  await there.connect(edge());
  await until("the end of the old connection", () => old.signal.aborted);
  old.close(true);
  await here.stop();
  expect((await onlyNode()).live).toBe(true);
  expect(here.connections).toBe(0);
  expect(there.connections).toBe(1);
});

test("a node that hangs up is not alive; one whose replica stops is, until its lease ends", async () => {
  const registry = startRegistry();
  (await registry.connect(edge())).close(true);
  await until("the report", async () => !(await onlyNode()).live);
  (await registry.connect(edge())).close(false);
  await registry.stop();
  expect((await onlyNode()).live).toBe(true);
  await advanceClock(15_000);
  expect((await onlyNode()).live).toBe(false);
});

test("a silent node's connection is ended by the service clock; one that acknowledges keeps it", async () => {
  const registry = startRegistry();
  const silent = await registry.connect(edge({ node: "silent" }));
  const talking = await registry.connect(edge({ node: "talking" }));
  await advanceClock(14_000);
  await registry.acknowledge("talking", applied(0));
  await advanceClock(14_000);
  await until("the end of the silent one", () => silent.signal.aborted);
  expect(talking.signal.aborted).toBe(false);
});

test("a node that leaves is gone at once", async () => {
  const registry = startRegistry();
  const connection = await registry.connect(edge());
  await registry.acknowledge("edge-1", applied(0, { leaving: true }));
  expect(await listNodes(pool)).toEqual([]);
  await until("the end of its connection", () => connection.signal.aborted);
});

test("a node that is forgotten is gone, loses its connection, and registers anew", async () => {
  const registry = startRegistry();
  const connection = await registry.connect(edge());
  await transaction(pool, (tx) => forgetNode(tx, "edge:one", "edge-1"));
  expect(await listNodes(pool)).toEqual([]);
  await until("the end of its connection", () => connection.signal.aborted);
  await expect(registry.acknowledge("edge-1", applied(0))).rejects.toMatchObject({ type: "unknown-node" });
  await registry.connect(edge());
  expect((await onlyNode()).live).toBe(true);
  const again = transaction(pool, (tx) => forgetNode(tx, "edge:two", "edge-1"));
  await expect(again).rejects.toMatchObject({ type: "unknown-node" });
});

test("progress, arrivals and departures are told on the channel; a mere sign of life is not", async () => {
  await writeMany(2);
  const listener = new Client(pool.options);
  await listener.connect();
  try {
    let told = 0;
    listener.on("notification", () => told++);
    await listener.query("listen nodes");
    const toldAfter = async (work: () => Promise<unknown>) => {
      told = 0;
      await work();
      // Notifications come before the answer to a later statement.
      await listener.query("select 1");
      return told;
    };
    const registry = startRegistry();
    expect(await toldAfter(() => registry.connect(edge()))).toBe(1);
    expect(await toldAfter(() => registry.acknowledge("edge-1", applied(1)))).toBe(1);
    expect(await toldAfter(() => registry.acknowledge("edge-1", applied(1)))).toBe(0);
    expect(await toldAfter(() => registry.acknowledge("edge-1", applied(2)))).toBe(1);
    expect(await toldAfter(() => registry.acknowledge("edge-1", applied(2, { leaving: true })))).toBe(1);
  } finally {
    await listener.end();
  }
});

describe("requests for users who live elsewhere", () => {
  beforeEach(async () => {
    await pool.query(
      "insert into clusters (name, document, lifecycle) values ('one', '{}', 'active'), ('two', '{}', 'active')",
    );
    await pool.query(
      "insert into users (label, plan, home) select label, 'p', 'two' from unnest(array['a', 'b']) label",
    );
    await pool.query(
      `insert into transfers (id, user_label, source, destination, mode, phase, reason, phase_since_ms, requested_by)
       select gen_random_uuid(), label, 'one', 'two', 'planned', 'settling', '', 0, 'x' from users`,
    );
    await pool.query(
      `insert into tombstones (user_label, holder, destination, transfer)
       select user_label, holder, 'two', id from transfers, unnest(array['one', 'two']) holder`,
    );
    await pool.query("update service_clock set elapsed_ms = 5000");
  });

  async function lastRequests(): Promise<Record<string, string | null>> {
    const { rows } = await pool.query<{ key: string; last_request_ms: string | null }>(
      "select holder || '/' || user_label as key, last_request_ms from tombstones order by 1",
    );
    return Object.fromEntries(rows.map(({ key, last_request_ms }) => [key, last_request_ms]));
  }

  test("keep the tombstones of the edge's own cluster, by the service clock", async () => {
    const registry = startRegistry();
    await registry.connect(edge());
    await registry.acknowledge("edge-1", applied(0, { requested: ["a", "nobody"] }));
    expect(await lastRequests()).toEqual({ "one/a": "5000", "one/b": null, "two/a": null, "two/b": null });
    await advanceClock(2_000);
    await registry.acknowledge("edge-1", applied(0, { requested: ["a", "b"] }));
    expect(await lastRequests()).toEqual({ "one/a": "7000", "one/b": "7000", "two/a": null, "two/b": null });
  });

  test("count from edges that are known, and from nobody else", async () => {
    const registry = startRegistry();
    await registry.connect(edge({ kind: "host", node: "host-1" }));
    await registry.acknowledge("host-1", applied(0, { kind: "host", requested: ["a"] }));
    await expect(registry.acknowledge("edge-1", applied(0, { requested: ["a"] }))).rejects.toMatchObject({
      type: "unknown-node",
    });
    expect(Object.values(await lastRequests())).toEqual([null, null, null, null]);
  });
});

test("without a store nothing is taken and no connection is ended; afterwards all goes on", async () => {
  await writeMany(1);
  const registry = startRegistry();
  const connection = await registry.connect(edge());
  await postgres.kill();
  await expect(registry.acknowledge("edge-1", applied(1))).rejects.toMatchObject({ type: "store-unavailable" });
  await expect(registry.connect(edge({ node: "edge-2" }))).rejects.toMatchObject({ type: "store-unavailable" });
  expect(connection.signal.aborted).toBe(false);
  await postgres.restart(true);
  await registry.acknowledge("edge-1", applied(1));
  expect(await onlyNode()).toMatchObject({ appliedRevision: 1, live: true });
  expect(connection.signal.aborted).toBe(false);
});

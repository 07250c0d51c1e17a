/**
 * Nodes that follow the feed over HTTP while transactions race, connections break, replicas change and the store dies: at the
 * end each has what the store has, and on the way none saw revisions repeat, go back, or be skipped.
 */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type { Pool } from "pg";
import type { FeedLine, NodeKind, Scope } from "../../../../services/contracts/feed";
import { scopeOf } from "../../../../services/contracts/feed";
import { FeedFollower } from "../../../../services/contracts/follow";
import { listNodes } from "../../../../services/resolution/nodes/list";
import { startFeedServer, type FeedServer } from "../../../support/feed-server";
import { openFeedStore, put, remove, Replica, storedState, write } from "../../../support/feed-store";
import { TestPostgres } from "../../../support/postgres";
import { until } from "../../../support/until";

const RUNS = 10;
const NODES: readonly { readonly kind: NodeKind; readonly cluster?: string; readonly node: string }[] = [
  { kind: "dns", node: "dns-1" },
  { kind: "dns", node: "dns-2" },
  { kind: "edge", cluster: "one", node: "edge-1" },
  { kind: "host", cluster: "one", node: "host-1" },
];
const SCOPES: readonly Scope[] = ["dns", "edge:one", "host:one"];

let postgres: TestPostgres;
let pool: Pool;
let servers: FeedServer[];
let nodes: TestNode[];

/** A node whose connection a test can move from one replica to another. */
class TestNode {
  readonly replica = new Replica();
  readonly faults: string[] = [];
  private follower: FeedFollower | undefined;

  constructor(readonly identity: (typeof NODES)[number]) {}

  get scope(): Scope {
    return scopeOf(this.identity.kind, this.identity.cluster);
  }

  /** Starts a new process of it on what it has, connected to a replica. */
  start(url: string): void {
    const follower = new FeedFollower({
      ...this.identity,
      url,
      token: () => Promise.resolve("token"),
      incarnation: randomUUID(),
      after: () => this.replica.revision,
      onLines: (lines) => {
        this.check(lines);
        this.replica.apply(lines);
        follower.acknowledge(this.replica.revision);
        return Promise.resolve();
      },
      timings: { backoff: { baseMs: 5, maxMs: 50 }, heartbeatMs: 50, silenceMs: 2_000 },
    });
    this.follower = follower;
    follower.start();
  }

  async stop(): Promise<void> {
    await this.follower?.stop();
  }

  /** What the follower itself refuses never comes here: this looks at what came through. */
  private check(lines: readonly FeedLine[]): void {
    let revision = this.replica.revision;
    for (const line of lines) {
      const next = line.type === "reset" ? 0 : line.revision;
      if (line.type === "entry" && next <= revision) this.faults.push(`entry ${next} after ${revision}`);
      if (line.type === "live" && next < revision) this.faults.push(`live ${next} after ${revision}`);
      revision = next;
    }
  }
}

type Step =
  | { readonly type: "write"; readonly transactions: readonly (readonly Change[])[] }
  | { readonly type: "move"; readonly node: number; readonly server: number }
  | { readonly type: "restart" };

interface Change {
  readonly scope: number;
  readonly key: number;
  readonly value: number | null;
}

const change: fc.Arbitrary<Change> = fc.record({
  scope: fc.nat(SCOPES.length - 1),
  key: fc.nat(9),
  value: fc.option(fc.nat(99), { freq: 4 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("write" as const),
      transactions: fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("move" as const),
      node: fc.nat(NODES.length - 1),
      server: fc.nat(1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
);

beforeAll(async () => {
  postgres = await TestPostgres.start({ durable: true });
});
afterAll(async () => {
  await postgres.stop();
});

async function start(): Promise<void> {
  pool = await openFeedStore(postgres);
  // Small enough for memory to be left behind, and beats quick enough to wait for.
  const options = { heartbeatMs: 50, sweepMs: 50, ringEntries: 8 };
  servers = [await startFeedServer(pool, options), await startFeedServer(pool, options)];
  nodes = NODES.map((identity) => new TestNode(identity));
  nodes.forEach((node, index) => node.start(urlOf(index % 2)));
}

async function stop(): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
  await Promise.all(servers.map((server) => server.stop()));
  await pool.end();
}

function urlOf(server: number): string {
  return servers[server]?.url ?? "";
}

async function take(step: Step): Promise<void> {
  switch (step.type) {
    case "write":
      // All at once: they race for the order of their commits.
      await Promise.all(step.transactions.map(writeUntilDone));
      return;
    case "move":
      await nodes[step.node]?.stop();
      nodes[step.node]?.start(urlOf(step.server));
      return;
    case "restart":
      await postgres.kill();
      await postgres.restart(true);
      return;
  }
}

async function writeUntilDone(changes: readonly Change[]): Promise<void> {
  const writes = changes.map(({ scope, key, value }) => {
    const of = SCOPES[scope] ?? "dns";
    return value === null ? remove(of, `user/u${key}`) : put(of, `user/u${key}`, value);
  });
  await until("the store", () => write(pool, ...writes).catch(() => undefined));
}

async function settle(): Promise<void> {
  // One more commit, for every scope, which nobody can have seen before everything else.
  const head = await until("the store", () =>
    write(pool, ...SCOPES.map((scope) => put(scope, "user/last", 1))).catch(() => undefined),
  );
  await until("all nodes", () => nodes.every(({ replica }) => replica.live && replica.revision >= head));
  await until("their acknowledgements", async () => {
    const known = await listNodes(pool);
    return (
      known.length === NODES.length && known.every(({ appliedRevision, lag }) => appliedRevision >= head && lag === 0)
    );
  });
}

test("every node ends up with the state of the store, in order all the way", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      await start();
      try {
        for (const each of steps) await take(each);
        await settle();
        for (const { replica, scope, faults } of nodes) {
          expect(faults).toEqual([]);
          expect(replica.resets).toBe(0);
          expect(replica.state).toEqual(await storedState(pool, scope));
        }
      } finally {
        await stop();
      }
    }),
    { numRuns: RUNS },
  );
}, 120_000);

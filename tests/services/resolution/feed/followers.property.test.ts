/**
 * Nodes that follow the feed over HTTP while transactions race, connections break, replicas change, deletions are pruned and the
 * store dies: revisions never repeat or go back, and at every `live` line each node has exactly what the store had at that
 * revision.
 */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type { Pool } from "pg";
import type { FeedLine, NodeKind, Scope } from "../../../../services/contracts/feed";
import { scopeOf } from "../../../../services/contracts/feed";
import { FeedFollower } from "../../../../services/contracts/follow";
import { listNodes } from "../../../../services/resolution/nodes/list";
import { startFeedServer, type FeedServer } from "../../../support/feed-server";
import { openFeedStore, put, remove, Replica, write } from "../../../support/feed-store";
import { TestPostgres } from "../../../support/postgres";
import { until } from "../../../support/until";

const RUNS = 8;
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
  /** What it had at each `live` line, by revision. */
  readonly pictures = new Map<number, ReadonlyMap<string, unknown>>();
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
        for (const line of lines) this.apply(line);
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

  private apply(line: FeedLine): void {
    this.replica.apply([line]);
    if (line.type === "live") this.pictures.set(line.revision, new Map(this.replica.state));
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
  | { readonly type: "prune" }
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
  { weight: 1, arbitrary: fc.record({ type: fc.constant("prune" as const) }) },
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
  await keepHistory();
  // Small enough for memory to be left behind and for commits to be read in pieces, and beats quick enough to wait for.
  const options = { heartbeatMs: 50, sweepMs: 50, ringEntries: 8, tailEntries: 4, batchEntries: 3 };
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
    case "prune":
      await until("the store", () => prune().catch(() => undefined));
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

/** As housekeeping does it, but at once. */
async function prune(): Promise<true> {
  await pool.query(
    `with gone as (delete from feed where value is null returning scope, revision)
     insert into feed_pruned (scope, revision) select scope, max(revision) from gone group by scope
     on conflict (scope) do update set revision = greatest(feed_pruned.revision, excluded.revision)`,
  );
  return true;
}

/** Has the store itself note every entry that there ever was. */
async function keepHistory(): Promise<void> {
  await pool.query(
    `create table history (scope text, key text, revision bigint, value jsonb);
     create function note() returns trigger language plpgsql as
       'begin insert into history values (new.scope, new.key, new.revision, new.value); return null; end';
     create trigger note after insert or update on feed for each row execute function note()`,
  );
}

/** What the store had in a scope at a revision. */
async function stateAt(scope: Scope, revision: number): Promise<Map<string, unknown>> {
  const { rows } = await pool.query<{ key: string; value: unknown }>(
    `select key, value from (
       select distinct on (key) key, value from history where scope = $1 and revision <= $2 order by key, revision desc
     ) last where value is not null`,
    [scope, revision],
  );
  return new Map(rows.map(({ key, value }) => [key, value]));
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

test("every node has the state of the store whenever it is live, in order all the way, and gets there", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      await start();
      try {
        for (const each of steps) await take(each);
        await settle();
        for (const { scope, faults, pictures } of nodes) {
          expect(faults).toEqual([]);
          for (const [revision, state] of pictures) expect(state).toEqual(await stateAt(scope, revision));
        }
      } finally {
        await stop();
      }
    }),
    // A busy machine does fewer.
    { numRuns: RUNS, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: false },
  );
}, 120_000);

/**
 * Agents against a feed that changes, forgets and breaks off, drivers that fail half-way, drift, and crashes at any moment: what is
 * acknowledged is on disk and in force, and in the end what is served is what the feed says.
 */
import fc from "fast-check";
import { setImmediate } from "node:timers/promises";
import type { FeedLine } from "../../../services/contracts/feed";
import { Agent } from "../../../services/node-agent/agent";
import { AgentMetrics } from "../../../services/node-agent/metrics";
import { DurableState } from "../../../services/node-agent/state";
import { removeTempDirs, tempDir } from "../../support/temp-dir";
import { until } from "../../support/until";
import { FakeStore } from "./fake-store";
import { FakeDriver, FakeFeed, type Failure } from "./fakes";
import { afterPowerCut } from "./power-cut";
import { RecordingLog } from "./recording-log";

afterAll(removeTempDirs);

const { log } = new RecordingLog();
const key = fc.constantFrom("zone", "user/a", "user/b", "user/c", "user/d", "domain/e");
const writes = fc.array(fc.tuple(key, fc.option(fc.nat(9), { freq: 3 })), { minLength: 1, maxLength: 8 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("write" as const), writes }) },
  // The connection breaks; with `away` it comes back when deletions that the node has not heard of are forgotten.
  { weight: 1, arbitrary: fc.record({ type: fc.constant("disconnect" as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("away" as const), writes }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("crash" as const, "restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("drift" as const), key, value: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("settle" as const) }) },
  // Gives whatever is under way some turns of the event loop to come further.
  { weight: 3, arbitrary: fc.record({ type: fc.constant("wait" as const), turns: fc.integer({ min: 1, max: 20 }) }) },
);
const failures = fc.infiniteStream(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Failure>("none") },
    { weight: 1, arbitrary: fc.constantFrom<Failure>("before", "half", "after") },
  ),
);
const chunks = fc.infiniteStream(fc.integer({ min: 1, max: 4 }));

/** One agent after another for one node, and the present one's connection. */
class Node {
  private parts: { agent: Agent; driver: FakeDriver; feed: FakeFeed; state: DurableState } | undefined;
  /** Grows with each connection, so that an old one delivers no more. */
  private connection = 0;
  private acknowledged = 0;
  private directory = tempDir();

  constructor(
    private readonly store: FakeStore,
    private readonly failures: Iterator<Failure>,
    private readonly chunks: Iterator<number>,
  ) {}

  async start(served = new Map<string, unknown>()): Promise<void> {
    const state = await DurableState.open({ directory: this.directory, owner: "test", log, minCompactionBytes: 400 });
    if (this.acknowledged > 0) this.store.check("on disk after", this.acknowledged, state.entries);
    const driver = new FakeDriver();
    driver.served = served;
    driver.next = () => this.failures.next().value as Failure;
    let feed: FakeFeed | undefined;
    const agent = new Agent({
      state,
      driver,
      feed: (position, take) => (feed = new FakeFeed(position, take)),
      reconcileSeconds: 3600,
      log,
      metrics: new AgentMetrics(),
      backoff: { baseMs: 1, maxMs: 1 },
    });
    if (feed === undefined) throw new Error("the agent made no feed");
    feed.onAcknowledge = (revision) => {
      this.acknowledged = revision;
      this.store.check("in force when acknowledged:", revision, driver.served);
      this.store.check("on disk when acknowledged:", revision, state.entries);
    };
    this.parts = { agent, driver, feed, state };
    this.connect();
  }

  /** As the follower does: asks where to go on, and hands over what the store has from there, in pieces. */
  connect(): void {
    const connection = ++this.connection;
    const { feed } = this.present;
    const lines = this.store.follow(feed.position());
    const deliver = async (): Promise<void> => {
      while (connection === this.connection) {
        const chunk: FeedLine[] = [];
        for (let size = Number(this.chunks.next().value); size > 0 && chunk.at(-1)?.type !== "live"; size--) {
          const { value } = (await lines.next()) as { value: FeedLine };
          chunk.push(value);
        }
        if (connection === this.connection) await feed.take(chunk);
      }
    };
    void deliver();
  }

  disconnect(): void {
    this.connection++;
  }

  /** Ends as by kill -9: what the old agent goes on doing reaches neither the disk nor what is served. */
  async crash(): Promise<void> {
    this.connection++;
    const { agent, driver, feed } = this.present;
    feed.onAcknowledge = () => undefined;
    this.directory = afterPowerCut(this.directory);
    const served = new Map(driver.served);
    await agent.stop({ leaving: false });
    await this.start(served);
  }

  async restart(disturb: (served: Map<string, unknown>) => void = () => undefined): Promise<void> {
    await this.stop();
    const { served } = this.present.driver;
    disturb(served);
    await this.start(served);
  }

  async stop(): Promise<void> {
    this.connection++;
    await this.present.agent.stop({ leaving: false });
  }

  async settled(): Promise<void> {
    const { feed, driver, state } = this.present;
    await until("everything acknowledged", () => feed.last === this.store.head);
    const expected = this.store.current();
    expect([Object.fromEntries(driver.served), Object.fromEntries(state.entries)]).toEqual([expected, expected]);
  }

  private get present() {
    if (this.parts === undefined) throw new Error("not started");
    return this.parts;
  }
}

async function take(taken: typeof step extends fc.Arbitrary<infer S> ? S : never, store: FakeStore, node: Node) {
  switch (taken.type) {
    case "write":
      for (const [name, value] of taken.writes) store.write(name, value);
      return store.advance();
    case "away":
      node.disconnect();
      for (const [name, value] of taken.writes) store.write(name, value);
      store.prune();
      return node.connect();
    case "disconnect":
      return node.connect();
    case "crash":
      return await node.crash();
    case "restart":
      return await node.restart();
    case "drift":
      return await node.restart((served) => served.set(taken.key, taken.value));
    case "settle":
      return await node.settled();
    case "wait":
      for (let turn = 0; turn < taken.turns; turn++) await setImmediate();
  }
}

it("what is acknowledged is on disk and in force, and in the end everything is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), failures, chunks, async (steps, outcomes, sizes) => {
      const store = new FakeStore();
      const node = new Node(store, outcomes, sizes);
      await node.start();
      try {
        for (const taken of steps) await take(taken, store, node);
        store.write("zone", 1);
        await node.settled();
        expect(store.violations).toEqual([]);
      } finally {
        await node.stop();
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

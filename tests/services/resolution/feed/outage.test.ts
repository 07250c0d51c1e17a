import type { Pool } from "pg";
import type { FeedLine } from "../../../../services/contracts/feed";
import { FeedHub } from "../../../../services/resolution/feed/hub";
import { openFeedStore, put, Replica, write } from "../../../support/feed-store";
import { TestPostgres } from "../../../support/postgres";
import { until } from "../../../support/until";

// The store is killed, and its recovery takes seconds on a busy machine.
jest.setTimeout(30_000);

let postgres: TestPostgres;
let pool: Pool;
let hub: FeedHub;
const stopping = new AbortController();

beforeAll(async () => {
  postgres = await TestPostgres.start({ durable: true });
  pool = await openFeedStore(postgres);
  hub = new FeedHub({ pool, heartbeatMs: 100 });
});
afterAll(async () => {
  stopping.abort();
  await hub.stop();
  await pool.end();
  await postgres.stop();
});

async function nextOf(follower: AsyncGenerator<FeedLine[], void>): Promise<FeedLine[]> {
  const { value } = await follower.next();
  if (value === undefined) throw new Error("the subscription ended");
  return value;
}

test("followers keep their connection through an outage, are promised nothing, and go on after it", async () => {
  hub.start();
  const follower = hub.subscribe("dns", 0, stopping.signal);
  const replica = new Replica();
  while (!replica.live) replica.apply(await nextOf(follower));
  await write(pool, put("dns", "user/a", 1));
  while (!replica.live || replica.revision < 1) replica.apply(await nextOf(follower));

  await postgres.kill();
  await until("the loss", () => !hub.state.current);
  // What was given out before the loss was noticed may still be a heartbeat; from now on none is `live`.
  const during = [await nextOf(follower), await nextOf(follower), await nextOf(follower)];
  expect(during).toEqual([[], [], []]);
  // Memory has what this one wants, and nothing vouches for it.
  const reconnected = hub.subscribe("dns", 0, stopping.signal);
  expect((await nextOf(reconnected)).map(({ type }) => type)).toEqual(["entry"]);
  expect(await nextOf(reconnected)).toEqual([]);
  const newcomer = hub.subscribe("host:one", 0, stopping.signal);
  expect(await nextOf(newcomer)).toEqual([]);

  await postgres.restart(true);
  await until("the store", () => write(pool, put("dns", "user/b", 1)).catch(() => undefined));
  while (!replica.live || replica.revision < 2) replica.apply(await nextOf(follower));
  expect([...replica.state.keys()]).toEqual(["user/a", "user/b"]);
  const late = new Replica();
  while (!late.live) late.apply(await nextOf(newcomer));
});

test("a hub that starts without a store serves as soon as there is one", async () => {
  const revision = await write(pool, put("dns", "user/c", 1));
  await postgres.kill();
  const early = new FeedHub({ pool, heartbeatMs: 100 });
  early.start();
  try {
    const follower = early.subscribe("dns", revision - 1, stopping.signal);
    expect(await nextOf(follower)).toEqual([]);
    await postgres.restart(true);
    const replica = new Replica();
    while (!replica.live) replica.apply(await nextOf(follower));
    expect([...replica.state.keys()]).toEqual(["user/c"]);
  } finally {
    await early.stop();
  }
});

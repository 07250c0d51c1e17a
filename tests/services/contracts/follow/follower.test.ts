import { randomUUID } from "node:crypto";
import type { FeedLine } from "../../../../services/contracts/feed";
import { FeedFollower, type FollowerOptions, type FollowerTimings } from "../../../../services/contracts/follow";
import { until } from "../../../support/until";
import { ScriptedServer } from "./scripted-server";

const INCARNATION = randomUUID();
const QUICK: Partial<FollowerTimings> = { backoff: { baseMs: 10, maxMs: 20 }, heartbeatMs: 60_000 };

let server: ScriptedServer;
const followers: FeedFollower[] = [];

beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.stop()));
  await server.stop();
});

/** A follower that keeps every line, and says it has everything up to the last revision. */
function follow({ timings, ...options }: Partial<FollowerOptions> = {}) {
  const lines: FeedLine[] = [];
  const warnings: unknown[] = [];
  const follower = new FeedFollower({
    url: server.url,
    token: () => Promise.resolve("token-1"),
    kind: "edge",
    cluster: "one",
    node: "edge-1",
    incarnation: INCARNATION,
    after: () => lastRevision(lines),
    onLines: (received) => Promise.resolve(void lines.push(...received)),
    log: { info: () => undefined, warn: ({ err }: { err?: unknown }) => warnings.push(err) },
    timings: { ...QUICK, ...timings },
    ...options,
  });
  followers.push(follower);
  follower.start();
  return { follower, lines, warnings };
}

function lastRevision(lines: readonly FeedLine[]): number {
  const last = lines.at(-1);
  return last === undefined || last.type === "reset" ? 0 : last.revision;
}

function entry(revision: number): FeedLine {
  return { type: "entry", revision, key: `tombstone/u${revision}`, value: { cluster: "two" } };
}
const live = (revision: number): FeedLine => ({ type: "live", revision });

test("says who it is and what it has, and hands lines over in order", async () => {
  const { lines, follower } = follow();
  const feed = await server.feed(1);
  expect(Object.fromEntries(feed.query)).toEqual({
    kind: "edge",
    cluster: "one",
    node: "edge-1",
    incarnation: INCARNATION,
    after: "0",
  });
  expect(feed.authorization).toBe("Bearer token-1");
  expect(follower.stalenessSeconds).toBe(Infinity);
  feed.say("\n", entry(1), live(1));
  feed.say(entry(2), live(2));
  await until("the lines", () => lines.length === 4);
  expect(lines).toEqual([entry(1), live(1), entry(2), live(2)]);
  expect(follower.connected).toBe(true);
  expect(follower.stalenessSeconds).toBeLessThan(60);
});

test("a node that serves all clusters names none", async () => {
  follow({ kind: "dns", cluster: undefined });
  expect((await server.feed(1)).query.has("cluster")).toBe(false);
});

test("connects again from its last revision, whatever ended the connection", async () => {
  const { lines } = follow();
  const first = await server.feed(1);
  first.say(entry(1));
  await until("the line", () => lines.length === 1);
  first.end();
  const second = await server.feed(2);
  expect(second.query.get("after")).toBe("1");
  second.say(entry(2), live(7));
  await until("the lines", () => lines.length === 3);
  second.response.destroy();
  const third = await server.feed(3);
  expect(third.query.get("after")).toBe("7");
  third.refuse("store-unavailable");
  expect((await server.feed(4)).query.get("after")).toBe("7");
});

test.each<[string, (FeedLine | string)[]]>([
  ["out of order", [entry(3), entry(2), entry(4)]],
  ["malformed", [entry(3), "{no\n", entry(4)]],
])("takes no line that comes %s or after one that does, and connects again from the last good one", async (_, said) => {
  const { lines, warnings } = follow();
  const first = await server.feed(1);
  first.say(...said);
  const second = await server.feed(2);
  expect(lines).toEqual([entry(3)]);
  expect(second.query.get("after")).toBe("3");
  await until("its end", () => first.closed);
  expect(warnings[0]).toMatchObject({ name: "FeedFault" });
});

test("gives up a connection on which nothing is heard, but not one that keeps it with blank lines", async () => {
  const { warnings, lines } = follow({ timings: { ...QUICK, silenceMs: 300 } });
  const feed = await server.feed(1);
  const blank = setInterval(() => feed.say("\n"), 50);
  await new Promise((resolve) => setTimeout(resolve, 600));
  clearInterval(blank);
  expect(server.feeds).toHaveLength(1);
  feed.say(entry(1));
  await until("the line", () => lines.length === 1);
  await server.feed(2);
  expect(warnings).toEqual([expect.objectContaining({ message: "nothing heard within 300 ms" })]);
});

test("gives up a server that does not answer", async () => {
  const { warnings } = follow({ timings: { ...QUICK, requestMs: 100 } });
  await server.feed(2);
  expect(warnings[0]).toMatchObject({ message: "no answer within 100 ms" });
});

test("gives up a token that does not come", async () => {
  const { warnings } = follow({ token: () => new Promise(() => undefined), timings: { ...QUICK, requestMs: 50 } });
  await until("two attempts", () => warnings.length >= 2);
  expect(warnings[0]).toMatchObject({ message: "no answer within 50 ms" });
  expect(server.feeds).toEqual([]);
});

test("stays away for as long as the server asks, within its bounds", async () => {
  const waits: number[] = [];
  follow({
    timings: { ...QUICK, backoff: { baseMs: 1, maxMs: 300 } },
    log: { info: () => undefined, warn: (fields) => waits.push((fields as { waitMs: number }).waitMs) },
  });
  (await server.feed(1)).refuse("store-unavailable", { "retry-after": "60" });
  await server.feed(2);
  expect(waits[0]).toBeGreaterThanOrEqual(300);
  expect(waits[0]).toBeLessThanOrEqual(301);
});

test("reads nothing more while lines are being taken, and is not impatient with itself", async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const taken: FeedLine[] = [];
  follow({
    timings: { ...QUICK, silenceMs: 200 },
    onLines: async (lines) => {
      taken.push(...lines);
      await held;
    },
  });
  const feed = await server.feed(1);
  feed.say(entry(1));
  await until("the first line", () => taken.length === 1);
  // Far more than sockets and streams hold: the server is kept from sending it.
  const padding = "\n".repeat(1 << 20);
  for (let megabytes = 0; megabytes < 32; megabytes++) feed.say(padding);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(feed.response.writableLength).toBeGreaterThan(8 << 20);
  expect(feed.closed).toBe(false);
  feed.say(entry(2));
  release();
  await until("the second line", () => taken.length === 2);
  expect(server.feeds).toHaveLength(1);
});

test("a consumer that fails gets the same lines again", async () => {
  const attempts: FeedLine[][] = [];
  follow({
    after: () => 0,
    onLines: (lines) => {
      attempts.push([...lines]);
      return attempts.length === 1 ? Promise.reject(new Error("disk full")) : Promise.resolve();
    },
  });
  (await server.feed(1)).say(entry(1));
  (await server.feed(2)).say(entry(1));
  await until("two attempts", () => attempts.length === 2);
  expect(attempts).toEqual([[entry(1)], [entry(1)]]);
});

test("acknowledges as itself", async () => {
  const { follower } = follow();
  follower.acknowledge(4, ["ada"]);
  const { path, authorization, body, accept } = await server.acknowledgement(1);
  accept();
  expect(path).toBe("/v1/nodes/edge-1/acknowledgements");
  expect(authorization).toBe("Bearer token-1");
  expect(body).toEqual({ kind: "edge", cluster: "one", incarnation: INCARNATION, revision: 4, requested: ["ada"] });
});

test("an acknowledgement is sent until it is taken", async () => {
  const { follower } = follow();
  follower.acknowledge(4);
  (await server.acknowledgement(1)).drop();
  (await server.acknowledgement(2)).refuse("store-unavailable");
  expect((await server.acknowledgement(3)).body.revision).toBe(4);
});

test("repeats its acknowledgement as a sign of life while it is connected", async () => {
  const { follower } = follow({ timings: { ...QUICK, heartbeatMs: 30 } });
  (await server.feed(1)).say("\n");
  await until("the connection", () => follower.connected);
  const first = await server.acknowledgement(1);
  expect(first.body.revision).toBe(0);
  follower.acknowledge(3);
  first.accept();
  for (const number of [2, 3, 4]) {
    const next = await server.acknowledgement(number);
    expect(next.body.revision).toBe(3);
    next.accept();
  }
});

test("connects anew when the server does not know this process", async () => {
  const { follower } = follow();
  const feed = await server.feed(1);
  feed.say(entry(1), live(1));
  await until("the connection", () => follower.connected);
  follower.acknowledge(1);
  (await server.acknowledgement(1)).refuse("unknown-node");
  expect((await server.feed(2)).query.get("after")).toBe("1");
  await until("the end of the first", () => feed.closed);
  expect((await server.acknowledgement(2)).body.revision).toBe(1);
});

test("says that it leaves, and says nothing after it", async () => {
  const { follower } = follow();
  const feed = await server.feed(1);
  feed.say(entry(1), live(1));
  await until("the connection", () => follower.connected);
  follower.acknowledge(1);
  (await server.acknowledgement(1)).accept();
  const left = follower.leave();
  const { body, accept } = await server.acknowledgement(2);
  expect(body).toMatchObject({ revision: 1, leaving: true });
  expect(feed.closed).toBe(true);
  accept();
  await left;
  follower.acknowledge(2);
  expect(server.acknowledgements).toHaveLength(2);
});

test("a departure that could not be told is an error", async () => {
  const { follower } = follow();
  const left = follower.leave();
  (await server.acknowledgement(1)).refuse("store-unavailable");
  await expect(left).rejects.toMatchObject({ type: "store-unavailable" });
});

test("stops at once, in whatever it is doing, and hands nothing over afterwards", async () => {
  const waiting = follow();
  await server.feed(1);
  await waiting.follower.stop();
  const reading = follow();
  const feed = await server.feed(2);
  feed.say(entry(1));
  await until("the line", () => reading.lines.length === 1);
  await reading.follower.stop();
  expect(reading.follower.connected).toBe(false);
  const backingOff = follow({ timings: { ...QUICK, backoff: { baseMs: 60_000, maxMs: 60_000 } } });
  (await server.feed(3)).end();
  await until("the failure", () => backingOff.warnings.length === 1);
  await backingOff.follower.stop();
  expect(server.feeds).toHaveLength(3);
});

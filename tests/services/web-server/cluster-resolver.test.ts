import fc from "fast-check";
import type { Resolved } from "../../../services/contracts/client";
import { Problem } from "../../../services/contracts/problems";
import { ClusterResolver, RETRY_MS } from "../../../services/web-server/cluster-resolver";

const located = (user: string, cluster: string, ttlSeconds = 60) => ({
  user,
  cluster,
  hosting: { ipv4: "203.0.113.7" },
  workspace: { ipv4: "203.0.113.8" },
  ttlSeconds,
});

/** The control API as a web server sees it. */
class FakeApi {
  readonly homes = new Map([["jane", "free"]]);
  readonly asked: (string | undefined)[] = [];
  ttlSeconds = 60;
  failure: Error | undefined;
  /** Waited for before it answers. */
  delay: Promise<void> = Promise.resolve();

  async resolveAgain(query: { user: string } | object, etag: string | undefined): Promise<Resolved> {
    this.asked.push(etag);
    await this.delay;
    if (this.failure !== undefined) throw this.failure;
    const user = (query as { user: string }).user;
    const home = this.homes.get(user);
    if (home === undefined) throw new Problem("unknown-user", `there is no user ${user}`);
    const current = `"${home}-${this.ttlSeconds}"`;
    const resolution = etag === current ? undefined : located(user, home, this.ttlSeconds);
    return { resolution, etag: current, stalenessSeconds: 0 };
  }
}

let now: number;
let api: FakeApi;
let unavailable: unknown[];
beforeEach(() => {
  now = 50_000;
  api = new FakeApi();
  unavailable = [];
});
const create = (maxUsers?: number) =>
  new ClusterResolver({
    api,
    now: () => now,
    onUnavailable: (error) => unavailable.push(error),
    ...(maxUsers !== undefined && { maxUsers }),
  });
const clusterOf = async (resolver: ClusterResolver, user = "jane") => (await resolver.resolve(user)).resolution.cluster;

describe("an answer", () => {
  it("is kept for as long as it says, then asked for by its ETag", async () => {
    const resolver = create();
    expect(await resolver.resolve("jane")).toEqual({ resolution: located("jane", "free"), isStale: false });
    now += 59_999;
    await resolver.resolve("jane");
    expect(api.asked).toEqual([undefined]);
    now += 1;
    expect(await resolver.resolve("jane")).toEqual({ resolution: located("jane", "free"), isStale: false });
    expect(api.asked).toEqual([undefined, '"free-60"']);
    now += 59_999;
    await resolver.resolve("jane");
    expect(api.asked).toHaveLength(2);
  });

  it("is replaced by another one", async () => {
    const resolver = create();
    await resolver.resolve("jane");
    api.homes.set("jane", "free2");
    now += 60_000;
    expect(await clusterOf(resolver)).toBe("free2");
  });

  it("is as old as its question", async () => {
    const resolver = create();
    let answer: () => void = () => undefined;
    api.delay = new Promise((resolve) => (answer = resolve));
    const asking = resolver.resolve("jane");
    now += 40_000;
    answer();
    await asking;
    now += 20_000;
    await resolver.resolve("jane");
    expect(api.asked).toHaveLength(2);
  });

  it("is asked for once by all who ask at once", async () => {
    const resolver = create();
    const answers = await Promise.all(Array.from({ length: 50 }, () => resolver.resolve("jane")));
    expect([api.asked.length, new Set(answers.map(({ resolution }) => resolution.cluster))]).toEqual([
      1,
      new Set(["free"]),
    ]);
  });

  it("that failed is asked for again by the next", async () => {
    const resolver = create();
    api.failure = new Error("away");
    await Promise.all([
      expect(resolver.resolve("jane")).rejects.toThrow("away"),
      expect(resolver.resolve("jane")).rejects.toThrow("away"),
    ]);
    api.failure = undefined;
    expect(await clusterOf(resolver)).toBe("free");
    expect(api.asked).toHaveLength(2);
  });

  it("that nothing has changed is no answer where nothing was known", async () => {
    const resolver = create();
    jest.spyOn(api, "resolveAgain").mockResolvedValue({ resolution: undefined, etag: '"x"', stalenessSeconds: 0 });
    await expect(resolver.resolve("jane")).rejects.toThrow("nothing was known");
  });
});

describe("while the control API is away", () => {
  it.each([
    ["cannot be reached", new Error("connect ECONNREFUSED")],
    ["is overloaded", new Problem("rate-limited", "slow down")],
    ["takes this server's token for none", new Problem("unauthenticated", "expired")],
    ["refuses this server", new Problem("forbidden", "no role")],
  ])("because it %s, the last good answer goes on, and it is left alone for a while", async (_, failure) => {
    const resolver = create();
    await resolver.resolve("jane");
    api.failure = failure;
    now += 60_000;
    const stale = { resolution: located("jane", "free"), isStale: true };
    expect([await resolver.resolve("jane"), await resolver.resolve("jane")]).toEqual([stale, stale]);
    expect([api.asked.length, unavailable]).toEqual([2, [failure]]);
    now += RETRY_MS;
    expect(await resolver.resolve("jane")).toEqual(stale);
    expect(api.asked).toHaveLength(3);
    api.failure = undefined;
    api.homes.set("jane", "free2");
    now += RETRY_MS;
    expect(await resolver.resolve("jane")).toEqual({ resolution: located("jane", "free2"), isStale: false });
  });

  it("somebody who was never asked for is asked for nevertheless", async () => {
    const resolver = create();
    api.failure = new Error("away");
    await expect(resolver.resolve("jane")).rejects.toThrow("away");
    await expect(resolver.resolve("jane")).rejects.toThrow("away");
    expect([api.asked.length, unavailable.length]).toEqual([2, 1]);
  });
});

it("a user who is gone is forgotten", async () => {
  const resolver = create();
  await resolver.resolve("jane");
  api.homes.delete("jane");
  now += 60_000;
  await expect(resolver.resolve("jane")).rejects.toMatchObject({ type: "unknown-user" });
  api.failure = new Error("away");
  await expect(resolver.resolve("jane")).rejects.toThrow("away");
  expect(unavailable).toHaveLength(1);
});

it("keeps no more answers than it may, those asked for last", async () => {
  for (const user of ["ann", "bob", "eve"]) api.homes.set(user, "free");
  const resolver = create(2);
  for (const user of ["ann", "bob", "ann", "eve"]) await resolver.resolve(user);
  expect(api.asked).toHaveLength(3);
  await resolver.resolve("ann");
  expect(api.asked).toHaveLength(3);
  await resolver.resolve("bob");
  expect(api.asked).toHaveLength(4);
});

const step = fc.oneof(
  fc.record({ type: fc.constant("ask" as const) }),
  fc.record({ type: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
  fc.record({ type: fc.constant("move" as const), to: fc.constantFrom("free", "free2", "hackers") }),
  fc.record({ type: fc.constant("away" as const), away: fc.boolean() }),
);

it("never gives an answer that was out of date before its time, unless it says so", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      api = new FakeApi();
      now = 50_000;
      const resolver = create();
      /** Where the user lived, and until when. */
      const lived: { cluster: string; until: number }[] = [];
      for (const taken of steps) {
        if (taken.type === "pass") now += taken.ms;
        else if (taken.type === "away") api.failure = taken.away ? new Error("away") : undefined;
        else if (taken.type === "move") {
          lived.push({ cluster: api.homes.get("jane") ?? "", until: now });
          api.homes.set("jane", taken.to);
        } else {
          const answer = await resolver.resolve("jane").catch(() => undefined);
          if (answer === undefined) expect(api.failure).toBeDefined();
          else if (!answer.isStale) {
            const recent = lived.filter(({ until }) => now - until < 60_000).map(({ cluster }) => cluster);
            expect([api.homes.get("jane"), ...recent]).toContain(answer.resolution.cluster);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

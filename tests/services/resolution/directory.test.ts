import * as fc from "fast-check";
import type { FeedLine } from "../../../services/contracts/feed";
import { Directory, type ResolveQuery } from "../../../services/resolution/directory";

const ZONE = "apps.example";
const TTL = 60;

/** A directory on a clock that the test turns, and shorthands for the feed's lines. */
function make() {
  const clock = { ms: 5_000 };
  const directory = new Directory({ zone: ZONE, ttlSeconds: TTL, now: () => clock.ms });
  let revision = 0;
  return {
    clock,
    directory,
    put: (key: string, value: Extract<FeedLine, { type: "entry" }>["value"]) =>
      directory.apply({ type: "entry", revision: ++revision, key, value }),
    live: (at = revision) => directory.apply({ type: "live", revision: at }),
    reset: () => directory.apply({ type: "reset" }),
    revision: () => revision,
  };
}

const FREE = { hostingAddress: "192.0.2.1", hostingIpv6: "2001:db8::1", workspaceAddress: "198.51.100.1" };
const PRO = { hostingAddress: "192.0.2.2", workspaceAddress: "198.51.100.2" };

/** Two clusters, a user in each, and a custom domain. */
function filled() {
  const made = make();
  made.put("zone", { defaultCluster: "free" });
  made.put("cluster/free", FREE);
  made.put("cluster/pro", PRO);
  made.put("user/alice", { home: "free" });
  made.put("user/bob", { home: "pro" });
  made.put("domain/www.example.org", { user: "bob", host: "shop.bob.apps.example" });
  made.live();
  return made;
}

const alice = {
  user: "alice",
  cluster: "free",
  hosting: { ipv4: "192.0.2.1", ipv6: "2001:db8::1" },
  workspace: { ipv4: "198.51.100.1" },
  ttlSeconds: TTL,
};
const bob = {
  user: "bob",
  cluster: "pro",
  hosting: { ipv4: "192.0.2.2" },
  workspace: { ipv4: "198.51.100.2" },
  ttlSeconds: TTL,
};

describe("resolve", () => {
  it.each<[ResolveQuery, typeof alice | typeof bob]>([
    [{ user: "alice" }, alice],
    [{ user: "BOB" }, bob],
    [{ host: "shop.alice.apps.example" }, alice],
    [{ host: "a.b.Alice.APPS.example.:443" }, alice],
    [{ host: "bob.apps.example" }, bob],
    [{ host: "www.example.org" }, bob],
    [{ host: "WWW.Example.org.:8080" }, bob],
    [{ domain: "www.example.org" }, bob],
    [{ domain: "Www.example.ORG." }, bob],
  ])("answers %j", (query, answer) => {
    expect(filled().directory.resolve(query)).toEqual(answer);
  });

  it.each<[string, ResolveQuery]>([
    ["invalid-request", {}],
    ["invalid-request", { user: "alice", host: "alice.apps.example" }],
    ["unknown-user", { user: "carol" }],
    ["unknown-user", { host: "shop.carol.apps.example" }],
    ["invalid-label", { user: "a.b" }],
    ["reserved-label", { user: "clusters" }],
    ["unknown-domain", { host: "free.clusters.apps.example" }],
    ["unknown-domain", { host: ZONE }],
    ["unknown-domain", { host: "elsewhere.test" }],
    ["unknown-domain", { host: "::" }],
    ["unknown-domain", { domain: "elsewhere.test" }],
    ["unknown-domain", { domain: "alice" }],
    ["unknown-domain", { domain: "" }],
  ])("refuses with %s: %j", (type, query) => {
    expect(() => filled().directory.resolve(query)).toThrow(expect.objectContaining({ type }) as Error);
  });

  it("follows a user who moves, and says not to keep an answer that is about to change", () => {
    const { directory, put } = filled();
    put("user/alice", { home: "free", moving: true });
    expect(directory.resolve({ user: "alice" })).toEqual({ ...alice, ttlSeconds: 1 });
    put("user/alice", { home: "pro" });
    expect(directory.resolve({ user: "alice" })).toEqual({ ...bob, user: "alice" });
  });

  it("forgets users, domains and addresses that are deleted or replaced", () => {
    const { directory, put } = filled();
    put("cluster/pro", { ...PRO, workspaceAddress: "198.51.100.9" });
    expect(directory.resolve({ user: "bob" }).workspace).toEqual({ ipv4: "198.51.100.9" });
    put("domain/www.example.org", null);
    expect(() => directory.resolve({ domain: "www.example.org" })).toThrow(/neither a host/);
    put("user/bob", null);
    expect(() => directory.resolve({ user: "bob" })).toThrow(/no user "bob"/);
  });

  it("agrees with a plain map over any sequence of changes", () => {
    const home = fc.constantFrom("free", "pro");
    const change = fc.record({
      label: fc.constantFrom("a", "b", "c", "d"),
      value: fc.oneof(fc.constant(null), fc.record({ home }), fc.record({ home, moving: fc.constant<true>(true) })),
    });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const { directory, put } = filled();
        const model = new Map<string, unknown>();
        for (const { label, value } of changes) {
          put(`user/${label}`, value);
          if (value === null) model.delete(label);
          else model.set(label, [value.home, "moving" in value ? 1 : TTL]);
        }
        for (const label of ["a", "b", "c", "d"]) {
          const resolve = () => directory.resolve({ user: label });
          if (!model.has(label)) expect(resolve).toThrow(/no user/);
          else expect([resolve().cluster, resolve().ttlSeconds]).toEqual(model.get(label));
        }
      }),
    );
  });
});

describe("before the first state is whole", () => {
  it("sends callers elsewhere for a moment instead of denying users", () => {
    const { directory, put, live } = make();
    put("cluster/free", FREE);
    put("user/alice", { home: "free" });
    expect(directory.isReady).toBe(false);
    const refusal = { type: "store-unavailable", retryAfterSeconds: 1 };
    expect(() => directory.resolve({ user: "alice" })).toThrow(expect.objectContaining(refusal) as Error);
    live();
    expect(directory.isReady).toBe(true);
    expect(directory.resolve({ user: "alice" })).toEqual(alice);
  });
});

describe("a reset", () => {
  it("leaves answers as they were until the new state is whole", () => {
    const { directory, put, live, reset } = filled();
    const before = directory.revision;
    reset();
    expect(directory.position).toBe(0);
    put("cluster/pro", PRO);
    put("user/alice", { home: "pro" });
    expect(directory.resolve({ user: "alice" })).toEqual(alice);
    expect(directory.resolve({ user: "bob" })).toEqual(bob);
    expect(directory.revision).toBe(before);
    live();
    expect(directory.resolve({ user: "alice" })).toEqual({ ...bob, user: "alice" });
    expect(() => directory.resolve({ user: "bob" })).toThrow(/no user/);
    expect(directory.revision).toBe(before + 2);
  });

  it("may come again before it is through", () => {
    const { directory, put, live, reset } = filled();
    reset();
    put("user/dave", { home: "free" });
    reset();
    put("cluster/free", FREE);
    live();
    expect(() => directory.resolve({ user: "dave" })).toThrow(/no user/);
  });
});

describe("stalenessSeconds", () => {
  it("is 0 while the feed is live, and the answers' age when it falls silent", () => {
    const { directory, clock, live } = filled();
    clock.ms += 14_999;
    expect(directory.stalenessSeconds).toBe(0);
    clock.ms += 1;
    expect(directory.stalenessSeconds).toBe(15);
    live();
    expect(directory.stalenessSeconds).toBe(0);
  });

  it("is at least 1 from when the feed is lost until it is live again", () => {
    const { directory, clock, put, live } = filled();
    directory.disconnected();
    expect(directory.stalenessSeconds).toBe(1);
    clock.ms += 42_900;
    expect(directory.stalenessSeconds).toBe(42);
    put("user/eve", { home: "pro" });
    expect(directory.stalenessSeconds).toBe(42);
    live();
    expect(directory.stalenessSeconds).toBe(0);
  });
});

describe("a replica that catches up", () => {
  it("asks to try again about users of a cluster that it has not been told of yet", () => {
    const { directory, put, live } = filled();
    put("user/carol", { home: "reserve" });
    expect(() => directory.resolve({ user: "carol" })).toThrow(
      expect.objectContaining({ type: "store-unavailable", retryAfterSeconds: 1 }) as Error,
    );
    put("cluster/reserve", PRO);
    live();
    expect(directory.resolve({ user: "carol" }).cluster).toBe("reserve");
  });
});

describe("until", () => {
  it("is not content with a later entry: what it waits for may have been overtaken and be still to come", async () => {
    const { directory, put, live, revision } = filled();
    const at = revision() + 1;
    const waiting = directory.until(at, 10_000);
    put("user/carol", { home: "free" });
    put("user/dave", { home: "free" });
    await expect(Promise.race([waiting, Promise.resolve("still waiting")])).resolves.toBe("still waiting");
    expect(directory.revision).toBe(at - 1);
    live();
    await expect(waiting).resolves.toBe(true);
  });

  it("resolves at once for a revision that is there", async () => {
    const { directory, revision } = filled();
    await expect(directory.until(revision(), 0)).resolves.toBe(true);
  });

  it("resolves when the revision comes, for all who wait", async () => {
    const { directory, put, live, revision } = filled();
    const at = revision();
    const waiting = [directory.until(at + 1, 10_000), directory.until(at + 2, 10_000), directory.until(at + 9, 10_000)];
    put("user/eve", { home: "pro" });
    live();
    await expect(waiting[0]).resolves.toBe(true);
    put("user/eve", null);
    live();
    await expect(waiting[1]).resolves.toBe(true);
    live(at + 9);
    await expect(waiting[2]).resolves.toBe(true);
  });

  it("gives up after its time", async () => {
    const { directory, revision } = filled();
    await expect(directory.until(revision() + 1, 10)).resolves.toBe(false);
  });
});

describe("etag", () => {
  it("is the same for the same answer, in another replica too", () => {
    const [one, other] = [filled().directory, filled().directory];
    const tag = one.etag(one.resolve({ user: "bob" }));
    expect(tag).toMatch(/^"[\x21\x23-\x7e]+"$/);
    expect(other.etag(other.resolve({ host: "www.example.org" }))).toBe(tag);
  });

  it("changes with anything in the answer", () => {
    const { directory, put } = filled();
    const tag = () => directory.etag(directory.resolve({ user: "bob" }));
    const tags = [tag(), directory.etag(directory.resolve({ user: "alice" }))];
    put("cluster/pro", { ...PRO, hostingAddress: "192.0.2.22" });
    tags.push(tag());
    put("user/bob", { home: "pro", moving: true });
    tags.push(tag());
    put("user/bob", { home: "free" });
    tags.push(tag());
    expect(new Set(tags).size).toBe(tags.length);
  });
});

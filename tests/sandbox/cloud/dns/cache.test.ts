import { TtlCache } from "../../../../sandbox/cloud/dns/resolver/cache";

let now = 0;

const cache = (size = 10) => new TtlCache<string>(size, () => now);

beforeEach(() => (now = 1_000));

describe("a cache", () => {
  it("keeps a value for its seconds, and tells how many are left", () => {
    const kept = cache();
    kept.set("a", "value", 10);
    now += 9_500;
    expect(kept.get("a")).toEqual({ value: "value", seconds: 1 });
    now += 500;
    expect(kept.get("a")).toBeUndefined();
    expect(kept.size).toBe(0);
  });

  it("does not keep what is good for no time, and forgets what that replaces", () => {
    const kept = cache();
    kept.set("a", "old", 10);
    kept.set("a", "new", 0);
    expect(kept.get("a")).toBeUndefined();
  });

  it("holds no more than it may, and lets go what came first", () => {
    const kept = cache(2);
    for (const key of ["a", "b", "a", "c"]) kept.set(key, key, 10);
    expect(["a", "b", "c"].map((key) => kept.get(key)?.value)).toEqual(["a", undefined, "c"]);
  });
});

import { Ledger } from "./ledger";

let now = 0;
const ledger = () => new Ledger(() => now);
const request = (path: string[], outcome: "served" | "looped" | "refused" = "served") => ({
  user: "ann",
  path,
  outcome,
  startedMs: 0,
  endedMs: 1,
});

describe("the ledger", () => {
  it("reports containers that run in two clusters, and not in two hosts of one", () => {
    const seen = ledger();
    seen.started("ann", "free", "host-1");
    seen.started("ann", "free", "host-2");
    expect(seen.violations()).toEqual([]);
    seen.stopped("ann", "free", "host-1");
    seen.started("ann", "pro", "host-1");
    expect(seen.violations()).toEqual(["I1: ann starts in pro/host-1 and runs in free/host-2"]);
    expect(seen.startsOf("ann")).toEqual(["free", "free", "pro"]);
    expect(seen.clustersOf("ann")).toEqual(["free", "pro"]);
  });

  it("reports requests that loop and those that pass too many edges", () => {
    const seen = ledger();
    seen.requested(request(["a", "b", "c"]));
    expect(seen.violations()).toEqual([]);
    seen.requested(request(["a", "b"], "looped"));
    seen.requested(request(["a", "b", "c", "d"]));
    expect(seen.violations()).toEqual([
      "I2: a request for ann looped: a -> b",
      "I2: a request for ann went a -> b -> c -> d",
    ]);
    expect(seen.failures("ann")).toHaveLength(1);
    expect(seen.failures("bob")).toEqual([]);
  });

  it("reports a tombstone that is dropped while an answer still leads to it", () => {
    const seen = ledger();
    seen.answered("ann", "free", 10);
    now += 9_000;
    seen.tombstoneDropped("ann", "free");
    expect(seen.violations()).toEqual(["I3: free dropped the tombstone of ann 1000 ms too early"]);
  });

  it("does not report one that is dropped later, for another cluster's answer, or for the user's return", () => {
    const seen = ledger();
    seen.answered("ann", "free", 10);
    seen.answered("bob", "free", 10);
    seen.answered("eve", "pro", 10);
    seen.tombstoneDropped("eve", "free");
    seen.tombstoneDropped("ann", "free");
    seen.started("ann", "free", "host-1");
    seen.tombstoneDropped("bob", "free");
    seen.tombstoneSet("bob", "free");
    expect(seen.violations()).toEqual([]);
    seen.answered("eve", "free", 10);
    now += 10_000;
    seen.tombstoneDropped("eve", "free");
    expect(seen.violations()).toEqual([]);
  });
});

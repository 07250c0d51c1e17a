import * as fc from "fast-check";
import { LIFECYCLES } from "../../../services/contracts/cluster";
import { headroom, place, type Candidate } from "../../../services/resolution/placement";

const PLANS = ["free", "pro", "team"];

const candidate = (name: string): fc.Arbitrary<Candidate> =>
  fc.record({
    name: fc.constant(name),
    lifecycle: fc.constantFrom(...LIFECYCLES),
    plans: fc.subarray(PLANS),
    users: fc.nat(20),
    arriving: fc.nat(5),
    maxUsers: fc.integer({ min: 1, max: 20 }),
  });
const clusters = fc
  .uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 8 })
  .chain((names) => fc.tuple(...names.map(candidate)));
const label = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const plan = fc.constantFrom(...PLANS);

function open(name: string, maxUsers = 1_000_000, users = 0): Candidate {
  return { name, lifecycle: "active", plans: ["free"], users, arriving: 0, maxUsers };
}

function labels(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `user${index}`);
}

describe("place", () => {
  it("chooses a cluster that is active, serves the plan and has room, whenever there is one", () => {
    fc.assert(
      fc.property(clusters, label, plan, (all, name, wanted) => {
        const fitting = all.filter(
          ({ lifecycle, plans, users, arriving, maxUsers }) =>
            lifecycle === "active" && plans.includes(wanted) && users + arriving < maxUsers,
        );
        const chosen = place(name, wanted, all);
        if (fitting.length === 0) expect(chosen).toBeUndefined();
        else expect(fitting.map((cluster) => cluster.name)).toContain(chosen);
      }),
    );
  });

  it("chooses the same whatever the order of the clusters", () => {
    const shuffled = clusters.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, label, plan, ([all, other], name, wanted) => {
        expect(place(name, wanted, other)).toBe(place(name, wanted, all));
      }),
    );
  });

  it("changes a choice only in favour of a cluster that is added", () => {
    fc.assert(
      fc.property(clusters, candidate("added"), label, plan, (all, added, name, wanted) => {
        expect([place(name, wanted, all), "added"]).toContain(place(name, wanted, [...all, added]));
      }),
    );
  });

  it("changes a choice only in favour of a cluster whose cap is raised", () => {
    fc.assert(
      fc.property(clusters, fc.nat(), fc.integer({ min: 1, max: 50 }), label, plan, (all, at, more, name, wanted) => {
        fc.pre(all.length > 0);
        const grown = all[at % all.length]!;
        const after = all.map((one) => (one === grown ? { ...one, maxUsers: one.maxUsers + more } : one));
        expect([place(name, wanted, all), grown.name]).toContain(place(name, wanted, after));
      }),
    );
  });

  it("never exceeds a cap, however many users are placed", () => {
    fc.assert(
      fc.property(clusters, fc.uniqueArray(label, { maxLength: 60 }), plan, (all, names, wanted) => {
        const counts = new Map(all.map((cluster) => [cluster.name, cluster.users]));
        const now = () => all.map((cluster) => ({ ...cluster, users: counts.get(cluster.name) ?? 0 }));
        for (const name of names) {
          const home = place(name, wanted, now());
          if (home !== undefined) counts.set(home, (counts.get(home) ?? 0) + 1);
        }
        for (const { name, users, arriving, maxUsers } of all) {
          expect(counts.get(name)).toBeLessThanOrEqual(Math.max(users, maxUsers - arriving));
        }
      }),
    );
  });

  it("gives a new cluster its share and leaves the rest where they were", () => {
    const before = ["a", "b", "c"].map((name) => open(name));
    const after = [...before, open("d")];
    const moved = labels(4000).filter((name) => place(name, "free", before) !== place(name, "free", after));
    expect(moved.every((name) => place(name, "free", after) === "d")).toBe(true);
    // A quarter of 4,000, give or take five standard deviations.
    expect(Math.abs(moved.length - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  it("fills clusters in proportion to their caps", () => {
    const all = [open("small", 10_000), open("large", 30_000)];
    const small = labels(4000).filter((name) => place(name, "free", all) === "small").length;
    expect(Math.abs(small - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
  });

  it("keeps its choices over releases", () => {
    const all = ["a", "b", "c"].map((name) => open(name));
    expect(
      labels(12)
        .map((name) => place(name, "free", all))
        .join(""),
    ).toMatchInlineSnapshot(`"ccbaabacabaa"`);
  });
});

describe("headroom", () => {
  it.each([
    ["active", 10, 3, 2, 5],
    ["active", 10, 10, 0, 0],
    ["active", 10, 12, 0, 0],
    ["provisioned", 10, 0, 0, 0],
    ["draining", 10, 3, 0, 0],
  ] as const)("of a cluster that is %s with cap %i, %i users and %i arriving is %i", (...row) => {
    const [lifecycle, maxUsers, users, arriving, expected] = row;
    expect(headroom({ lifecycle, maxUsers, users, arriving })).toBe(expected);
  });
});

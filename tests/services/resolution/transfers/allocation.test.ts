import fc from "fast-check";
import { allocate } from "../../../../services/resolution/transfers/allocation";

const cluster = (name: string, plans: string[], maxUsers: number, users = 0) => ({
  name,
  plans,
  lifecycle: "active" as const,
  users,
  arriving: 0,
  maxUsers,
});
const evacuees = (count: number, plan = "free") =>
  Array.from({ length: count }, (_, n) => ({ label: `u${n}`, plan, moving: false }));

function sizes({ moves }: ReturnType<typeof allocate>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { destination } of moves) counts[destination] = (counts[destination] ?? 0) + 1;
  return counts;
}

describe("allocate", () => {
  it("leaves destinations with equal room", () => {
    const clusters = [
      cluster("source", ["free"], 100, 60),
      cluster("b", ["free"], 100, 50),
      cluster("c", ["free"], 30),
    ];
    // Room 50 and 30: after 60 moves there are 10 left in each.
    expect(sizes(allocate(evacuees(60), "source", clusters))).toEqual({ b: 40, c: 20 });
  });

  it("takes the clusters of each user's plan, then reserves, and never the source", () => {
    const clusters = [cluster("source", ["free"], 100), cluster("pro", ["pro"], 100), cluster("reserve", [], 2)];
    const { moves, refused } = allocate([...evacuees(3), ...evacuees(1, "pro")], "source", clusters);
    expect(moves.map(({ destination }) => destination)).toEqual(["reserve", "reserve", "pro"]);
    expect(refused).toEqual({ "no-cluster": 1 });
  });

  it("takes only the destinations that are named", () => {
    const clusters = [cluster("source", ["free"], 9), cluster("b", ["free"], 9), cluster("c", [], 1)];
    const allocation = allocate(evacuees(3), "source", clusters, ["c"]);
    expect(sizes(allocation)).toEqual({ c: 1 });
    expect(allocation.refused).toEqual({ "cluster-full": 2 });
  });

  it("fits nobody into clusters that are not active, and moves nobody who is being moved", () => {
    const clusters = [cluster("source", ["free"], 9), { ...cluster("b", ["free"], 9), lifecycle: "draining" as const }];
    const moving = { label: "u9", plan: "free", moving: true };
    expect(allocate([...evacuees(1), moving], "source", clusters)).toEqual({
      moves: [],
      refused: { "no-cluster": 1, "transfer-running": 1 },
    });
  });

  it("overfills no cluster and forgets nobody", () => {
    const clusters = fc.array(
      fc.record({ plans: fc.subarray(["free", "pro"]), maxUsers: fc.nat(8), users: fc.nat(8) }),
    );
    const people = fc.array(fc.record({ plan: fc.constantFrom("free", "pro"), moving: fc.boolean() }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(clusters, people, (drawn, drawnPeople) => {
        const all = drawn.map(({ plans, maxUsers, users }, n) => cluster(`c${n}`, plans, maxUsers, users));
        const given = drawnPeople.map((person, n) => ({ ...person, label: `u${n}` }));
        const allocation = allocate(given, "c0", all);
        const refused = Object.values(allocation.refused).reduce((sum, count) => sum + count, 0);
        expect(allocation.moves.length + refused).toBe(given.length);
        for (const { name, maxUsers, users } of all) {
          expect(sizes(allocation)[name] ?? 0).toBeLessThanOrEqual(name === "c0" ? 0 : Math.max(0, maxUsers - users));
        }
      }),
    );
  });
});

import { evacuationPlan, movePlan } from "../../../cli/status-page/plans";
import type { User } from "../../../services/contracts/resources";
import { clusterOf, evacuationOf, nodeOf } from "../samples";

const alice: User = {
  label: "alice",
  plan: "free",
  home: "free",
  pinned: false,
  createdAt: "2026-11-01T00:00:00.000Z",
};
const clusters = [clusterOf(), clusterOf({ name: "free2", users: 20, arriving: 1, maxUsers: 200 })];
const to = (destination: string, changes: Parameters<typeof evacuationOf>[0] = {}) =>
  evacuationOf({ state: "dry-run", total: 1, destinations: { [destination]: 1 }, ...changes });
const silentEdge = nodeOf({ name: "edge-2", live: false });

describe("a move", () => {
  test("is told with where the user lives, where they go and how full that is then", () => {
    const plan = movePlan(alice, to("free2"), { clusters, nodes: [nodeOf()] });
    expect(plan).toMatchObject({ user: "alice", source: "free", destination: "free2", warnings: [], refusal: "" });
    expect(plan.steps[0]).toBe("alice (plan free) lives in free and moves to free2, which then has 22 of 200 users.");
  });

  test("warns of machines that would hold it up, and of no others", () => {
    const nodes = [silentEdge, nodeOf({ cluster: "hackers", scope: "edge:hackers", live: false })];
    const { warnings } = movePlan(alice, to("free2"), { clusters, nodes });
    expect(warnings).toEqual([expect.stringMatching(/Silent now: edge-2 \(edge:free\)\.$/)]);
  });

  test("in an emergency warns of what it rests on", () => {
    const { warnings } = movePlan(alice, to("free2", { mode: "emergency" }), { clusters, nodes: [silentEdge] });
    expect(warnings).toEqual([expect.stringContaining("rests on their being down")]);
  });

  test("to a cluster of another plan says so", () => {
    const others = [...clusters, clusterOf({ name: "hackers", plans: ["hacker"] })];
    const { warnings } = movePlan(alice, to("hackers"), { clusters: others, nodes: [] });
    expect(warnings).toEqual(["hackers is not one of the clusters of plan free."]);
  });

  test.each([
    ["cluster-full", /raise its maxUsers/],
    ["transfer-running", /already on the move/],
    ["something-new", /something-new/],
  ])("that cannot be says why: %s", (problem, refusal) => {
    const plan = movePlan(alice, to("free2", { destinations: {}, refused: { [problem]: 1 } }), { clusters, nodes: [] });
    expect(plan.destination).toBeUndefined();
    expect(plan.refusal).toMatch(refusal);
  });
});

describe("an evacuation", () => {
  test("is told with who goes where, most first, and how full that is then", () => {
    const plan = evacuationPlan(to("free2", { total: 150, destinations: { reserve: 50, free2: 100 } }), {
      clusters,
      nodes: [],
    });
    expect(plan.summary).toBe("150 users leave free, 100 per second, 1,000 at once at most.");
    expect(plan.destinations).toEqual([
      { name: "free2", users: "100", then: "121 of 200 users" },
      { name: "reserve", users: "50", then: "" },
    ]);
  });

  test("tells who cannot be moved, with the remedy", () => {
    const { refused } = evacuationPlan(to("free2", { refused: { "no-cluster": 1234 } }), { clusters, nodes: [] });
    expect(refused).toEqual([{ users: "1,234", why: "no cluster of the plan has room: name a destination" }]);
  });

  test("names no more silent machines than can be read", () => {
    const nodes = Array.from({ length: 8 }, (_, index) => nodeOf({ name: `edge-${index}`, live: false }));
    const { warnings } = evacuationPlan(to("free2"), { clusters, nodes });
    expect(warnings[0]).toMatch(/edge-4 \(edge:free\), 3 more\.$/);
  });
});

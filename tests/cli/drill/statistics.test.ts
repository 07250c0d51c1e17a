import { groupsOf, reasonsOf, steadyUsers, type Closing, type Request } from "../../../cli/drill/statistics";

const RESIDENTS = [
  { user: "ann", cluster: "free" },
  { user: "ben", cluster: "hackers" },
  { user: "cleo", cluster: "free" },
];

function request(user: string, startedMs: number, failure?: string, tookMs = 10): Request {
  return { user, startedMs, endedMs: startedMs + tookMs, servedBy: failure === undefined ? "free" : "", failure };
}

const closing = (user: string, code: number): Closing => ({ user, atMs: 0, code });
const timeline = { brokenMs: 1_000, liftedMs: 5_000 };

describe("visitors by cluster", () => {
  test("are counted where they were at home, whoever served them", () => {
    const requests = [request("ann", 0), request("cleo", 0), request("ben", 0, "503"), request("ben", 10)];
    const groups = groupsOf(RESIDENTS, { requests, closings: [] }, timeline);
    expect(groups).toMatchObject([
      { cluster: "free", users: 2, requests: 2, failed: 0, noticing: [] },
      { cluster: "hackers", users: 1, requests: 2, failed: 1, noticing: ["ben"] },
    ]);
  });

  test("notice from when they know it, and are served again from the last request on that failed", () => {
    const requests = [
      request("ann", 1_500, "reset", 200),
      request("ann", 4_000, "reset"),
      request("ann", 6_000, "slow", 9_000),
    ];
    const [group] = groupsOf(RESIDENTS, { requests, closings: [] }, timeline);
    expect(group).toMatchObject({ detectedMs: 700, recoveredMs: 1_000, slowestMs: 9_000 });
  });

  test("have no such times where nothing failed", () => {
    const [group] = groupsOf(RESIDENTS, { requests: [request("ann", 2_000)], closings: [] }, timeline);
    expect(group).not.toHaveProperty("detectedMs");
    expect(group).not.toHaveProperty("recoveredMs");
  });

  test("have recovered at once where nothing failed after the lifting", () => {
    const [group] = groupsOf(RESIDENTS, { requests: [request("ann", 2_000, "reset")], closings: [] }, timeline);
    expect(group).toMatchObject({ recoveredMs: 0 });
  });

  test("lose WebSockets that are cut, not those that were told to open again", () => {
    const closings = [closing("ann", 1012), closing("ann", 1006), closing("cleo", 1000), closing("ben", 1001)];
    const groups = groupsOf(RESIDENTS, { requests: [], closings }, timeline);
    expect(groups.map(({ cut }) => cut)).toEqual([1, 1]);
  });
});

test("reasons come by how often they occur, no more than asked for", () => {
  const requests = [request("ann", 0, "a"), request("ann", 1, "b"), request("ann", 2, "b"), request("ann", 3)];
  expect(reasonsOf(requests, 5)).toEqual(["2 × b", "1 × a"]);
  expect(reasonsOf(requests, 1)).toEqual(["2 × b"]);
});

describe("who is served", () => {
  test("has had so many answers in a row, begun after the time", () => {
    const requests = [
      ...[0, 1, 2].map((at) => request("ann", at)),
      ...[10, 11].map((at) => request("ben", at)),
      ...[10, 12].map((at) => request("cleo", at)),
      request("cleo", 11, "reset"),
    ];
    expect(steadyUsers(requests, 5, 2)).toEqual(new Set(["ben"]));
    expect(steadyUsers(requests, 0, 2)).toEqual(new Set(["ann", "ben"]));
  });
});

/** The judge of the other tests here: that it finds what must not be. */
import { appRuns, overlaps, type AppEvent } from "./support/app-runs";
import { review } from "./support/review";

const USER = { node: "host-1", user: "ann", app: "echo" };

function event(msg: AppEvent["msg"], cluster: string, startId: string, monotonicMs: number): AppEvent {
  return { ...USER, msg, cluster, startId, monotonicMs };
}

/** From 0 to 100 in `free`, from `fromMs` on in `pro`. */
function moved(fromMs: number): AppEvent[] {
  return [
    event("app starting", "free", "one", 0),
    event("app stopped", "free", "one", 100),
    event("app starting", "pro", "two", fromMs),
  ];
}

const visit = (servedBy: string, startedMs: number, endedMs: number) => ({ status: 200, servedBy, startedMs, endedMs });

it("finds runs in two clusters at once, also ones that have not ended", () => {
  expect(overlaps(appRuns(moved(100)))).toEqual([]);
  expect(overlaps(appRuns(moved(99)))).toMatchObject([[{ cluster: "free" }, { cluster: "pro", toMs: Infinity }]]);
});

it("lets two hosts of a cluster, and two users, run at once", () => {
  const events = [
    event("app starting", "free", "one", 0),
    { ...event("app starting", "free", "two", 0), node: "host-2" },
  ];
  expect(overlaps(appRuns([...events, { ...event("app starting", "pro", "three", 0), user: "bob" }]))).toEqual([]);
});

it("counts as failed what was not answered by an app, and tells the longest pause", () => {
  const visits = [
    visit("free/host-1/7/one", 0, 10),
    { status: 503, servedBy: "undefined", startedMs: 5, endedMs: 60 },
    { error: "socket hang up", startedMs: 50, endedMs: 70 },
    visit("pro/host-1/8/two", 40, 150),
  ];
  expect(review(visits, appRuns(moved(100)))).toMatchObject({
    requests: 4,
    failed: ["status 503 by undefined after 55 ms", "socket hang up after 20 ms"],
    unaccounted: [],
    clusters: ["free", "pro"],
    longestPauseMs: 80,
    slowestMs: 110,
  });
});

it.each([
  ["an app that had stopped", visit("free/host-1/7/one", 101, 110)],
  ["an app that had not started", visit("pro/host-1/8/two", 90, 99)],
  ["an app that nobody ran", visit("pro/host-1/8/three", 150, 160)],
  ["another cluster than ran it", visit("free/host-1/8/two", 150, 160)],
])("does not believe an answer of %s", (_, answer) => {
  expect(review([answer], appRuns(moved(100))).unaccounted).toHaveLength(1);
});

import { snapshotOf, type Observation } from "../../../cli/status-page/snapshot";
import type { Reading } from "../../../cli/status-page/reading";
import type { Unit } from "../../../sandbox/cloud/controller";
import type { Transfer } from "../../../services/contracts/resources";
import { clusterOf, evacuationOf, nodeOf, transferOf } from "../samples";

const healthy = (cluster: string) => [
  nodeOf({ cluster, scope: `edge:${cluster}` }),
  nodeOf({ name: "vm-1", kind: "host", cluster, scope: `host:${cluster}` }),
];
const nameServer = nodeOf({ name: "dns-0", kind: "dns", cluster: undefined, scope: "dns" });

function readingOf(changes: Partial<Reading> = {}): Reading {
  return {
    clusters: [clusterOf()],
    nodes: [...healthy("free"), nameServer],
    phases: [],
    tombstones: { items: [] },
    evacuations: [],
    moves: [],
    ...changes,
  };
}

const shown = (changes: Partial<Reading> = {}, observed: Partial<Observation> = {}) =>
  snapshotOf("prod", { reading: readingOf(changes), late: new Set(), speedOf: () => undefined, ...observed });

describe("failure domains", () => {
  test("are the clusters by name, and what they share", () => {
    const { domains, verdict } = shown({
      clusters: [clusterOf({ name: "hackers" }), clusterOf()],
      nodes: [...healthy("free"), ...healthy("hackers"), nameServer],
    });
    expect(domains.map(({ name, health }) => [name, health])).toEqual([
      ["free", "healthy"],
      ["hackers", "healthy"],
      ["shared", "healthy"],
    ]);
    expect(verdict).toEqual({
      level: "good",
      text: "All 3 failure domains are healthy.",
      detail: "300,000 users in 2 clusters, room for 99,976 more.",
    });
  });

  test("are degraded by one silent machine of several, and name it", () => {
    const { domains, verdict } = shown({
      nodes: [...healthy("free"), nodeOf({ name: "edge-2", live: false }), nameServer],
    });
    expect(domains[0]).toMatchObject({
      level: "warn",
      trouble: ["1 of 2 edges silent: edge-2"],
      machines: ["2 edges", "1 container host"],
    });
    expect(verdict).toMatchObject({ level: "warn", text: "free is degraded." });
  });

  test("are degraded by a machine that lags", () => {
    const { domains } = shown({}, { late: new Set(["host:free/vm-1"]) });
    expect(domains[0]).toMatchObject({ level: "warn", trouble: ["the only container host lagging: vm-1"] });
  });

  test.each([
    [[], "no edge has reported"],
    [["edge-1"], "the only edge is silent"],
    [["edge-1", "edge-2"], "both edges are silent"],
    [["edge-1", "edge-2", "edge-3"], "all 3 edges are silent"],
  ])("are down when no machine of a kind is live: %j", (names, trouble) => {
    const silent = names.map((name) => nodeOf({ name, live: false }));
    const { domains, verdict } = shown({ nodes: [...silent, ...healthy("free").slice(1), nameServer] });
    expect(domains[0]).toMatchObject({ level: "bad", health: "down", trouble: [trouble] });
    expect(verdict).toMatchObject({ level: "bad", text: "free is down." });
  });

  test("name the worst first, and no more machines than can be read", () => {
    const silent = Array.from({ length: 7 }, (_, index) => nodeOf({ name: `edge-${index + 2}`, live: false }));
    const { domains, verdict } = shown({ nodes: [...healthy("free"), ...silent] });
    expect(domains[0]?.trouble).toEqual(["7 of 8 edges silent: edge-2, edge-3, edge-4, edge-5, and 3 more"]);
    expect(verdict.text).toBe("shared is down; free is degraded.");
  });

  test("without machines are as they should be until somebody is to live there", () => {
    const reserve = clusterOf({ name: "reserve", lifecycle: "provisioned", users: 0, arriving: 0, headroom: 0 });
    const { domains, verdict } = shown({ clusters: [clusterOf(), reserve] });
    expect(domains[1]).toMatchObject({ level: "idle", health: "not in use", machines: ["no machines yet"] });
    expect(verdict.level).toBe("good");
    const active = shown({ clusters: [clusterOf(), { ...reserve, lifecycle: "active" }] });
    expect(active.domains[1]?.level).toBe("bad");
  });
});

describe("load", () => {
  const loadOf = (changes: Parameters<typeof clusterOf>[0]) =>
    shown({ clusters: [clusterOf(changes)] }).domains[0]?.load;

  test("counts users who arrive against the cap", () => {
    const load = loadOf({ users: 50, arriving: 25, maxUsers: 100, headroom: 25 });
    expect(load).toMatchObject({
      used: 0.5,
      coming: 0.25,
      level: "good",
      text: "50 of 100",
      arrivingText: "25 arriving",
      room: "25",
    });
  });

  test("is to be minded before there is no room, and never drawn beyond the cap", () => {
    expect(loadOf({ users: 90, arriving: 0, maxUsers: 100, headroom: 10 })?.level).toBe("warn");
    expect(loadOf({ users: 130, arriving: 5, maxUsers: 100, headroom: 0 })).toMatchObject({ used: 1, coming: 0 });
    expect(loadOf({ users: 0, arriving: 0, maxUsers: 0, headroom: 0 })?.used).toBe(1);
  });

  test.each([
    ["active", "none: full"],
    ["draining", "none: draining"],
  ] as const)("says why a cluster takes nobody: %s", (lifecycle, room) => {
    expect(loadOf({ lifecycle, headroom: 0 })).toMatchObject({ room, open: false });
  });

  test("of full clusters is in the summary", () => {
    expect(shown({ clusters: [clusterOf({ headroom: 0 })] }).verdict.detail).toContain(
      "room for 0 more; free is full.",
    );
  });
});

test("name servers are live, lagging or silent, with their lag", () => {
  const { nameServers } = shown(
    {
      nodes: [
        nameServer,
        { ...nameServer, name: "dns-1", lag: 1 },
        { ...nameServer, name: "dns-2", lag: 1234 },
        { ...nameServer, name: "dns-3", live: false, lag: 7 },
      ],
    },
    { late: new Set(["dns/dns-2"]) },
  );
  expect(nameServers.map(({ name, state, level, lag }) => [name, state, level, lag])).toEqual([
    ["dns-0", "live", "good", "up to date"],
    ["dns-1", "live", "good", "1 entry behind"],
    ["dns-2", "lagging", "warn", "1,234 entries behind"],
    ["dns-3", "silent", "warn", "7 entries behind"],
  ]);
});

describe("transfers", () => {
  const phase = (name: Transfer["phase"], count: number, more = false) => ({
    phase: name,
    transfers: Array.from({ length: count }, (_, index) => transferOf({ user: `${name}${index}`, phase: name })),
    more,
  });

  test("are counted by phase, and those that were not counted are said to be there", () => {
    expect(shown({ phases: [phase("requested", 200, true), phase("settling", 0)] }).phases).toEqual([
      { phase: "requested", count: "200+", some: true },
      { phase: "settling", count: "0", some: false },
    ]);
  });

  test("in flight are those furthest on their way first, ten of them, without those who have moved", () => {
    const { inFlight } = shown({ phases: [phase("requested", 12, true), phase("stopping", 1), phase("settling", 5)] });
    expect(inFlight.rows).toHaveLength(10);
    expect(inFlight.rows[0]).toMatchObject({ user: "stopping0", phase: "stopping" });
    expect(inFlight.more).toBe("and more than 3 more");
  });

  test("that were asked for say how they ended, and whom they wait for until then", () => {
    const waitingFor = [{ scope: "edge:free", node: "edge-2", live: false }];
    const { moves } = shown({
      moves: [
        transferOf({ phase: "forwarding", waitingFor }),
        transferOf({ phase: "settling", waitingFor }),
        transferOf({ phase: "aborted", outcome: "edge-2 did not answer" }),
      ],
    });
    expect(moves.map(({ level, waiting, ended }) => [level, waiting, ended])).toEqual([
      ["idle", "edge:free: edge-2 (silent)", false],
      ["good", "", true],
      ["bad", "", true],
    ]);
    expect(moves[2]?.text).toBe("the user still lives in free: edge-2 did not answer");
  });
});

describe("tombstones", () => {
  const tombstone = (user: string, holder: string, destination: string) => {
    return { user, holder, destination, transfer: transferOf().id, createdAt: "2026-11-23T03:00:00.000Z" };
  };

  test("are counted by holder and destination, most first", () => {
    const items = [
      tombstone("a", "free", "free2"),
      tombstone("b", "hackers", "free"),
      tombstone("c", "hackers", "free"),
    ];
    const { text, rows } = shown({ tombstones: { items } }).tombstones;
    expect(text).toMatch(/^3 users have moved/);
    expect(rows).toEqual([
      { holder: "hackers", destination: "free", users: "2" },
      { holder: "free", destination: "free2", users: "1" },
    ]);
  });

  test("that were not counted are said to be there", () => {
    const { text, rows } = shown({ tombstones: { items: [tombstone("a", "free", "free2")], next: "more" } }).tombstones;
    expect(text).toMatch(/^1\+ user/);
    expect(rows[0]?.users).toBe("1+");
  });

  test("that are none are explained", () => {
    expect(shown().tombstones.text).toMatch(/^None\./);
  });
});

describe("evacuations", () => {
  test("have progress, speed and what they may be told", () => {
    const running = evacuationOf({
      id: "one",
      phases: { requested: 300, settling: 600, aborted: 300 },
      refused: { "cluster-full": 12 },
    });
    const [row] = shown({ evacuations: [running] }, { speedOf: (id) => (id === "one" ? 60 : undefined) }).evacuations;
    expect(row).toMatchObject({
      source: "free",
      destinations: "free2 and reserve",
      moved: 0.5,
      failed: 0.25,
      text: "600 of 1,200 moved, 0 under way, 300 waiting, 300 not moved, 60/s, 5.0 s left",
      refused: "12 not begun: cluster-full",
      commands: ["pause", "abort"],
    });
  });

  test.each([
    ["paused", { requested: 1 }, "paused", ["resume", "abort"]],
    ["aborting", { aborting: 1 }, "aborting", []],
    ["running", { settling: 1200 }, "done", []],
    ["aborted", { aborted: 1 }, "aborted", []],
  ] as const)("that are %s with %j may be told %j", (state, phases, told, commands) => {
    const [row] = shown({ evacuations: [evacuationOf({ id: "one", state, phases })] }).evacuations;
    expect(row).toMatchObject({ state: told, commands });
  });

  test("that go on come before those that have ended", () => {
    const { evacuations } = shown({
      evacuations: [
        evacuationOf({ id: "newer", state: "done", phases: { done: 1200 } }),
        evacuationOf({ id: "older", phases: { requested: 1200 } }),
      ],
    });
    expect(evacuations.map(({ id }) => id)).toEqual(["older", "newer"]);
  });

  test("of nobody are complete", () => {
    const [row] = shown({ evacuations: [evacuationOf({ id: "one", total: 0, destinations: {} })] }).evacuations;
    expect(row).toMatchObject({ moved: 1, failed: 0, ended: true });
  });
});

describe("units", () => {
  const unitOf = (changes: Partial<Unit>): Unit => ({
    name: "sandbox-free-http-serving-x3k9",
    kind: "vm",
    failureDomain: "free",
    role: "http-serving",
    region: "europe-west1",
    address: "127.42.64.2",
    healthy: true,
    pids: [1],
    ...changes,
  });

  test("are not there without a source", () => {
    expect(shown().units).toBeUndefined();
  });

  test("are by failure domain, in the order of the others, with what is the matter", () => {
    const units = [
      unitOf({ name: "z", failureDomain: "elsewhere" }),
      unitOf({ name: "db", failureDomain: "shared", kind: "database", role: "database" }),
      unitOf({ name: "b" }),
      unitOf({ name: "a", healthy: false, trouble: "ended with code 1" }),
    ];
    const panel = shown({ units: { units } }).units;
    expect(panel?.domains.map(({ name, summary }) => [name, summary])).toEqual([
      ["free", "1 of 2 healthy"],
      ["shared", "1 of 1 healthy"],
      ["elsewhere", "1 of 1 healthy"],
    ]);
    expect(panel?.domains[0]?.units[0]).toMatchObject({ name: "a", level: "bad", state: "ended with code 1" });
  });

  test("whose source is away say so", () => {
    expect(shown({ units: { trouble: "the local cloud does not answer" } }).units).toEqual({
      domains: [],
      trouble: "the local cloud does not answer",
    });
  });
});

import { type Edits } from "../support/environments";
import { messagesAfter } from "./problems";

const reserve = {
  region: "europe-north1",
  zones: ["europe-north1-a", "europe-north1-b"],
  cidr: "10.20.0.0/20",
  role: "reserve",
  maxUsers: 10,
  release: "1",
  containerVms: { standard: { min: 1, max: 1 } },
  httpServing: { min: 2, max: 2, machineType: "e2-small" },
};

describe("a rule that joins several values", () => {
  it.each<[string, Edits, string[]]>([
    [
      "min above max in a container VM group",
      { "clusters.hackers.containerVms.boosted.min": 3, "clusters.hackers.containerVms.boosted.max": 2 },
      ["clusters.hackers.containerVms.boosted.min: 3 is above max 2"],
    ],
    [
      "min above max in an HTTP-serving group",
      { "clusters.free.httpServing.max": 2 },
      ["clusters.free.httpServing.min: 3 is above max 2"],
    ],
    ["min above max of the service's nodes", { "resolution.nodes.min": 4 }, ["resolution.nodes.min: 4 is above max 3"]],
    ["min above max of the control API", { "resolution.api.min": 11 }, ["resolution.api.min: 11 is above max 10"]],
    [
      "a hosting zone outside the parent zone",
      { "domain.zone": "apps.example.org" },
      ["domain.zone: apps.example.org does not lie in the parent zone acme-hosting.dev"],
    ],
    [
      "a hosting zone equal to the parent zone",
      { "domain.zone": "acme-hosting.dev" },
      ["domain.zone: acme-hosting.dev does not lie in the parent zone acme-hosting.dev"],
    ],
    [
      "a hosting zone under a label of this project's own",
      { "domain.zone": "apps.hosting.acme-hosting.dev" },
      ["domain.zone: hosting.acme-hosting.dev is taken by this project's own records; choose another label"],
    ],
    [
      "a grace below the TTL",
      { "domain.grace": 59 },
      ["domain.grace: 59 is below ttl 60; a tombstone must outlive every cached answer"],
    ],
    [
      "a cluster called like the shared stack",
      { "clusters.shared": reserve },
      ['clusters.shared: "shared" stands for the shared stack; choose another name'],
    ],
    [
      "a cluster's name too long for its service accounts",
      { "clusters.abcdefghijklmnopqrstuv": reserve },
      [
        "clusters.abcdefghijklmnopqrstuv: the generated name prod-abcdefghijklmnopqrstuv-host has 32 characters, " +
          "the limit is 30; shorten a part of it by 2",
      ],
    ],
    [
      "a tier's name too long for its templates",
      {
        "machineTiers.a-tier-with-a-name-of-forty-one-characters": { machineType: "e2-small" },
        "clusters.reserve": {
          ...reserve,
          containerVms: { "a-tier-with-a-name-of-forty-one-characters": { min: 1, max: 1 } },
        },
      },
      [
        "clusters.reserve: the generated name reserve-container-vm-a-tier-with-a-name-of-forty-one-characters-template-0000000 " +
          "has 80 characters, the limit is 63; shorten a part of it by 17",
      ],
    ],
    [
      "a zone of another region",
      { "clusters.free.zones": ["europe-west1-b", "europe-west4-a"] },
      ["clusters.free.zones.1: europe-west4-a does not lie in europe-west1"],
    ],
    [
      "a zone listed twice",
      { "clusters.free.zones": ["europe-west1-b", "europe-west1-c", "europe-west1-b"] },
      ["clusters.free.zones.2: europe-west1-b is listed twice"],
    ],
    [
      "a cluster's plan listed twice",
      { "clusters.free.plans": ["free", "free"] },
      ["clusters.free.plans.1: free is listed twice"],
    ],
    [
      "a plan listed twice",
      { "placement.plans": ["free", "hacker", "free"] },
      ["placement.plans.2: free is listed twice"],
    ],
    [
      "both plans and role",
      { "clusters.reserve": { ...reserve, plans: ["free"] } },
      ["clusters.reserve: has both plans and role; give plans whose users are placed here, or role: reserve"],
    ],
    [
      "neither plans nor role",
      { "clusters.reserve": { ...reserve, role: undefined } },
      ["clusters.reserve: has neither plans nor role; give plans whose users are placed here, or role: reserve"],
    ],
    [
      "a plan that the platform does not have",
      { "clusters.hackers.plans": ["hacker", "hackr"] },
      ['clusters.hackers.plans.1: hackr is not in placement.plans (did you mean "hacker"?)'],
    ],
    [
      "a tier that does not exist",
      { "clusters.hackers.containerVms.bosted": { min: 1, max: 1 } },
      ['clusters.hackers.containerVms.bosted: is not in machineTiers (did you mean "boosted"?)'],
    ],
    [
      "no tier at all",
      { "clusters.hackers.containerVms": {} },
      ["clusters.hackers.containerVms: names no machine tier; a cluster needs at least one"],
    ],
    [
      "a label that names the owner",
      { "clusters.free.labels": { role: "web", team: "edge" } },
      ["clusters.free.labels.role: is set on every resource by the platform; choose another key"],
    ],
    [
      "a default cluster that does not exist",
      { "placement.defaultCluster": "fre" },
      ['placement.defaultCluster: fre is not in clusters (did you mean "free"?)'],
    ],
    [
      "a default cluster that is draining",
      { "clusters.free.lifecycle": "draining", "clusters.hackers.plans": ["free", "hacker"] },
      ["placement.defaultCluster: free is draining, not active; the zone's wildcard answer needs an active cluster"],
    ],
    [
      "a default cluster with the default lifecycle",
      { "clusters.free.lifecycle": undefined, "clusters.hackers.plans": ["free", "hacker"] },
      ["placement.defaultCluster: free is provisioned, not active; the zone's wildcard answer needs an active cluster"],
    ],
    [
      "a plan without an active cluster",
      { "clusters.hackers.lifecycle": "provisioned" },
      ["placement.plans.1: no active cluster lists hacker in its plans; a new user of it would have no home"],
    ],
    [
      "a caller listed twice in one role",
      { "resolution.callers.platform": ["a@example.org", "b@example.org", "a@example.org"] },
      ["resolution.callers.platform.2: a@example.org is listed twice"],
    ],
    [
      "one resolution region in production",
      { "resolution.regions.europe-west4": undefined },
      ["resolution.regions: 1 given, prod needs at least 2, so that a region's outage leaves a name server"],
    ],
    [
      "a database in a region that the service does not have",
      { "resolution.database.region": "europe-north1" },
      ["resolution.database.region: europe-north1 is none of resolution.regions: europe-west1, europe-west4"],
    ],
    [
      "overlapping ranges of clusters",
      { "clusters.hackers.cidr": "10.16.8.0/21" },
      ["clusters.hackers.cidr: 10.16.8.0/21 overlaps 10.16.0.0/20 of clusters.free.cidr"],
    ],
    [
      "a range of the service that overlaps a cluster's",
      { "resolution.regions.europe-west4.cidr": "10.16.0.0/14" },
      [
        "resolution.regions.europe-west4.cidr: 10.16.0.0/14 overlaps 10.16.0.0/20 of clusters.free.cidr",
        "resolution.regions.europe-west4.cidr: 10.16.0.0/14 overlaps 10.17.0.0/20 of clusters.hackers.cidr",
      ],
    ],
    [
      "a database's range that overlaps the service's",
      { "resolution.database.cidr": "10.1.0.0/24" },
      ["resolution.database.cidr: 10.1.0.0/24 overlaps 10.1.0.0/16 of resolution.regions.europe-west4.cidr"],
    ],
  ])("reports %s", (_, edits, messages) => {
    expect(messagesAfter(edits)).toEqual(messages);
  });

  it("lets an environment without users have a single resolution region, but not none", () => {
    const sandbox = { base: "sandbox" } as const;
    expect(messagesAfter({ "resolution.regions.europe-west4": undefined }, sandbox)).toEqual([]);
    expect(messagesAfter({ "resolution.regions": {} }, sandbox)).toEqual([
      "resolution.regions: 0 given, sandbox needs at least 1",
    ]);
  });

  it("holds every production environment to two resolution regions", () => {
    expect(messagesAfter({ "resolution.regions.europe-west4": undefined }, { name: "prod-eu" })).toHaveLength(1);
  });

  it("reports an environment's name that no resource can have", () => {
    expect(messagesAfter({}, { name: "Prod" })).toEqual([
      `the environment's name "Prod" is not lower-case letters, digits and hyphens; rename the file`,
    ]);
  });

  it("reports an environment's name too long for the shared resources", () => {
    expect(messagesAfter({ clusters: {} }, { base: "sandbox", name: "sandbox-of-the-platform-team" })).toContain(
      "the generated name sandbox-of-the-platform-team-shared-nodes has 41 characters, the limit is 30; shorten a part of it by 11",
    );
  });

  it("accepts a grace equal to the TTL", () => {
    expect(messagesAfter({ "domain.grace": 60 })).toEqual([]);
  });

  it("accepts a reserve cluster, which takes no plan", () => {
    expect(messagesAfter({ "clusters.reserve": reserve })).toEqual([]);
  });

  it("reports the mistakes of every part together", () => {
    const messages = messagesAfter({
      "domain.ttl": "60",
      "clusters.free.relase": "1",
      "clusters.hackers.cidr": "10.16.0.0/20",
      "placement.defaultCluster": "nobody",
      "resolution.api.min": 20,
    });
    expect(messages).toHaveLength(5);
  });
});

describe("a rule whose values are wrong in themselves", () => {
  it.each<[string, Edits, string]>([
    [
      "the default cluster's lifecycle",
      { "clusters.free.lifecycle": "actve" },
      'clusters.free.lifecycle: "actve" is none of provisioned, active, draining (did you mean "active"?)',
    ],
    [
      "the key lifecycle",
      { "clusters.free.lifecycle": undefined, "clusters.free.lifecyle": "active" },
      'clusters.free.lifecyle: unknown key (did you mean "lifecycle"?); known here: region, zones, cidr, lifecycle, plans, ' +
        "role, maxUsers, release, containerVms, httpServing, project, labels",
    ],
    [
      "the key plans",
      { "clusters.free.plans": undefined, "clusters.free.plan": ["free"] },
      'clusters.free.plan: unknown key (did you mean "plans"?); known here: region, zones, cidr, lifecycle, plans, ' +
        "role, maxUsers, release, containerVms, httpServing, project, labels",
    ],
    [
      "the plans of the only candidate",
      { "clusters.hackers.plans": "hacker" },
      'clusters.hackers.plans: "hacker" is not a list',
    ],
    [
      "one plan of the only candidate",
      { "clusters.hackers.plans": [5] },
      "clusters.hackers.plans.0: 5 is not a string; put it in quotes",
    ],
    ["a whole cluster", { "clusters.free": "yes" }, 'clusters.free: "yes" is not a map'],
    ["all clusters", { clusters: null }, "clusters: is empty (null), not a map"],
    ["all machine tiers", { machineTiers: null }, "machineTiers: is empty (null), not a map"],
    ["the placement's plans", { "placement.plans": "free" }, 'placement.plans: "free" is not a list'],
    [
      "an empty list of plans",
      { "clusters.hackers.plans": [] },
      "clusters.hackers.plans: has 0 entries, needs at least 1",
    ],
    [
      "the region",
      { "clusters.free.region": "europe" },
      'clusters.free.region: "europe" is not a Google Cloud region such as europe-west1',
    ],
    [
      "a range",
      { "clusters.hackers.cidr": "10.16.0.0/33" },
      'clusters.hackers.cidr: "10.16.0.0/33" has a prefix above 32',
    ],
    [
      "min",
      { "clusters.free.httpServing.min": "30" },
      'clusters.free.httpServing.min: "30" is not a number; write it without quotes',
    ],
    ["the TTL", { "domain.ttl": 0 }, "domain.ttl: 0 is below the minimum of 5"],
    ["the domain", { domain: null }, "domain: is empty (null), not a map"],
    ["the service's regions", { "resolution.regions": null }, "resolution.regions: is empty (null), not a map"],
    ["a machine tier", { "machineTiers.boosted": 5 }, "machineTiers.boosted: 5 is not a map"],
    ["the role", { "clusters.free.role": null }, "clusters.free.role: is empty (null); give one of reserve"],
  ])("stays silent: %s", (_, edits, message) => {
    expect(messagesAfter(edits)).toEqual([message]);
  });

  it("still sees the sound part of a list", () => {
    expect(messagesAfter({ "clusters.free.zones": ["europe-west4-a", 5] })).toEqual([
      "clusters.free.zones.1: 5 is not a string; put it in quotes",
      "clusters.free.zones.0: europe-west4-a does not lie in europe-west1",
    ]);
  });
});

import { readEnvironmentFile } from "../../../config";
import {
  changedOutside,
  chooseCluster,
  DATABASE,
  elsewhere,
  ofCluster,
  ONE_NAME_SERVER,
  peerOf,
  RESOLUTION,
} from "../../../cli/drill/targets";
import type { Unit } from "../../../sandbox/cloud/controller";
import { committedFile } from "../../support/environments";

const environment = readEnvironmentFile(committedFile("sandbox"));
const at = (...clusters: string[]) => clusters.map((cluster, index) => ({ user: `user${index}`, cluster }));

function unit(name: string, failureDomain: string, role: string, changes: Partial<Unit> = {}): Unit {
  const usual = { kind: "vm", region: "europe-west1", address: "127.20.64.1", healthy: true, pids: [1] } as const;
  return { ...usual, name, failureDomain, role, ...changes };
}

const UNITS = [
  unit("free-1", "free", "http-serving"),
  unit("free-lb", "free", "hosting", { kind: "load balancer" }),
  unit("hackers-1", "hackers", "http-serving"),
  unit("west4/dns-0", "shared", "dns", { region: "europe-west4" }),
  unit("west1/dns-0", "shared", "dns"),
  unit("west1/dns-1", "shared", "dns"),
  unit("west1/control-api-0", "shared", "control-api"),
  unit("store", "shared", "database", { kind: "database" }),
];

const names = (units: readonly Unit[]) => units.map(({ name }) => name);

describe("what is killed", () => {
  test.each([
    ["a cluster: all of it", ofCluster("free"), ["free-1", "free-lb"]],
    ["the resolution service: API and store, no name server", RESOLUTION, ["west1/control-api-0", "store"]],
    ["one name server: all replicas in one region", ONE_NAME_SERVER, ["west1/dns-0", "west1/dns-1"]],
    ["the store", DATABASE, ["store"]],
  ])("%s", (_, selection, expected) => {
    expect(names(selection(UNITS))).toEqual(expected);
  });

  test("nothing where nothing fits", () => {
    expect(ONE_NAME_SERVER([])).toEqual([]);
    expect(ofCluster("nowhere")(UNITS)).toEqual([]);
  });
});

describe("the cluster that it happens to", () => {
  test("is the one that is named", () => {
    expect(chooseCluster(environment, "any", at("free", "hackers"), "free")).toBe("free");
  });

  test("is otherwise the one with most users, of several the last", () => {
    expect(chooseCluster(environment, "any", at("free", "free2", "free2", "hackers"), undefined)).toBe("free2");
    expect(chooseCluster(environment, "any", at("free", "hackers"), undefined)).toBe("hackers");
  });

  test("has a peer where users are to be moved within their plan", () => {
    expect(chooseCluster(environment, "peer", at("hackers", "hackers", "free"), undefined)).toBe("free");
    expect(() => chooseCluster(environment, "peer", at("hackers", "free"), "hackers")).toThrow(
      "hackers shares its plans with no other active cluster; try free",
    );
  });

  test("is none where it happens to what clusters share", () => {
    expect(chooseCluster(environment, "none", at("free"), undefined)).toBeUndefined();
    expect(() => chooseCluster(environment, "none", at("free"), "free")).toThrow(/leave "free" out/);
  });

  test("is refused where it does not exist or holds no users", () => {
    expect(() => chooseCluster(environment, "any", at("free"), "hacker")).toThrow(
      'there is no cluster "hacker" (did you mean "hackers"?); clusters: free, free2, hackers',
    );
    expect(() => chooseCluster(environment, "any", at("free"), "free2")).toThrow("free2 has no sample user; try free");
    expect(() => chooseCluster(environment, "any", [], undefined)).toThrow(/run make sandbox/);
  });
});

describe("where users can go", () => {
  test("is another active cluster of the same plan", () => {
    expect([peerOf(environment, "free"), peerOf(environment, "free2"), peerOf(environment, "hackers")]).toEqual([
      "free2",
      "free",
      undefined,
    ]);
  });

  test("is any other active cluster where the plan has but one", () => {
    expect([elsewhere(environment, "free"), elsewhere(environment, "hackers")]).toEqual(["free2", "free"]);
  });
});

describe("machines changed outside of a cluster", () => {
  const changed = (after: readonly Unit[]) => changedOutside("free", UNITS, after);

  test("are those that came, went or run other processes", () => {
    expect(changed(UNITS)).toEqual([]);
    expect(changed(UNITS.filter(({ name }) => name !== "hackers-1"))).toEqual(["hackers-1"]);
    expect(changed([...UNITS, unit("hackers-2", "hackers", "http-serving")])).toEqual(["hackers-2"]);
    const restarted = UNITS.map((each) => (each.name === "hackers-1" ? { ...each, pids: [2] } : each));
    expect(changed(restarted)).toEqual(["hackers-1"]);
  });

  test("are none of the cluster's own, and no load balancer", () => {
    expect(changed(UNITS.filter(({ failureDomain }) => failureDomain !== "free"))).toEqual([]);
    const balancer = unit("hackers-lb", "hackers", "hosting", { kind: "load balancer" });
    expect(changed([...UNITS, balancer])).toEqual([]);
  });
});

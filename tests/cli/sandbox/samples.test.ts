import { readEnvironmentFile, type Environment } from "../../../config";
import { ownZone } from "../../../cli/sandbox/own-zone";
import { ownDomain, sampleUsers } from "../../../cli/sandbox/samples";
import { declaredZones } from "../../../sandbox/cloud/dns/zones";
import type { CloudRecord } from "../../../sandbox/provider/store";
import { parseDomain, parseUserLabel } from "../../../services/contracts/names";
import { place } from "../../../services/resolution/placement";
import { committedFile } from "../../support/environments";

const environment = readEnvironmentFile(committedFile("sandbox"));

const candidatesOf = ({ clusters }: Environment) =>
  Object.entries(clusters).map(([name, { lifecycle, maxUsers, plans = [] }]) => {
    return { name, lifecycle, maxUsers, plans, users: 0, arriving: 0 };
  });

describe("sample users", () => {
  const samples = sampleUsers(environment);

  test("have names that the service takes", () => {
    for (const { user } of samples) expect(parseUserLabel(user)).toBe(user);
    expect(new Set(samples.map(({ user }) => user)).size).toBe(samples.length);
  });

  test("are on the environment's plans, and every active cluster gets two or more of them", () => {
    const homes = samples.map(({ user, plan }) => place(user, plan, candidatesOf(environment)));
    for (const cluster of Object.keys(environment.clusters)) {
      expect(homes.filter((home) => home === cluster).length).toBeGreaterThanOrEqual(2);
    }
    expect(homes).not.toContain(undefined);
  });

  test("leave clusters out that take no users yet", () => {
    const { hackers, ...others } = environment.clusters;
    if (hackers === undefined) throw new Error("there is no cluster hackers");
    const plans = sampleUsers({ clusters: { ...others, hackers: { ...hackers, lifecycle: "provisioned" } } });
    expect(new Set(plans.map(({ plan }) => plan))).toEqual(new Set(["free"]));
    expect(sampleUsers({ clusters: {} })).toEqual([]);
  });
});

describe("a domain of a user's own", () => {
  const { zone, parentZone } = environment.domain;
  const domain = ownDomain({ user: "alice", plan: "free" }, zone);

  test("lies outside the platform's zones", () => {
    expect(parseDomain(domain.name, [zone, parentZone])).toBe("www.alice.example");
  });

  test("is a CNAME to the user's app, in a zone that Cloud DNS serves", () => {
    const records = ownZone(domain).map((record): CloudRecord => {
      return { ...record, urn: "", created: "", updated: "", inputs: {}, secrets: [] };
    });
    const { zones, refused } = declaredZones({
      google: (type) => records.filter((record) => record.type === type),
      kubernetesClusters: () => [],
      kubernetes: () => [],
    });
    expect(refused.size).toBe(0);
    expect(zones).toMatchObject([
      {
        domain: "alice.example",
        sets: [{ name: "www.alice.example.", type: "CNAME", data: [`hello.alice.${zone}.`] }],
      },
    ]);
  });
});

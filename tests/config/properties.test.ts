import fc from "fast-check";
import { readEnvironmentFile, readStackEnvironment, ConfigError, type Problem } from "../../config";
import {
  clusterPrefix,
  containerVmRole,
  HTTP_SERVING_ROLE,
  serviceAccountId,
  sharedName,
  sharedRegionName,
  templateName,
  hostingName,
  instanceName,
  workspaceName,
  clusterName,
  nameServerName,
} from "../../config/names";
import { parseEnvironment } from "../../config/parse";
import { committedFile, sectionsOf, stackValuesOf, type Edits, type Sections } from "../support/environments";

/** The dotted paths of every value of a tree, maps and lists included. */
function pathsOf(value: unknown, path: readonly string[] = []): string[] {
  const nested =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))
      : [];
  return path.length === 0 ? nested : [path.join("."), ...nested];
}

const at = (sections: Sections, path: string) =>
  path.split(".").reduce<unknown>((value, key) => (value as Sections)[key], sections);

/** The problems of an edited environment, read as a program's stack configuration; none when it is valid. */
function problemsAfter(edits: Edits): readonly Problem[] {
  try {
    readStackEnvironment("prod", stackValuesOf(sectionsOf("prod", edits)));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const ALL = sectionsOf("prod", { "clusters.free.labels": { team: "edge" }, "clusters.free.project": "acme-free" });
const paths = fc.constantFrom(...pathsOf(ALL));
const leaves = fc.constantFrom(...pathsOf(ALL).filter((path) => typeof at(ALL, path) !== "object"));

describe("a valid environment, broken at one place", () => {
  it("never ends in anything but a ConfigError when a value is removed", () => {
    for (const path of pathsOf(sectionsOf("prod"))) expect(() => problemsAfter({ [path]: undefined })).not.toThrow();
  });

  it("never ends in anything but a ConfigError whatever value is put anywhere", () => {
    fc.assert(
      fc.property(paths, fc.jsonValue(), (path, value) => {
        expect(() => problemsAfter({ [path]: value })).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  it("names the path of a leaf that has the wrong type", () => {
    fc.assert(
      fc.property(leaves, fc.constantFrom<unknown>(null, true, [], {}, [1], { a: 1 }), (path, value) => {
        expect(problemsAfter({ [path]: value }).map((problem) => problem.path)).toContain(path);
      }),
    );
  });

  it("reports a leaf of the wrong type once, with no mistake that only follows from it", () => {
    fc.assert(
      fc.property(leaves, fc.constantFrom<unknown>(null, true, [1], { a: 1 }), (path, value) => {
        expect(problemsAfter({ [path]: value }).map((problem) => problem.path)).toEqual([path]);
      }),
    );
  });
});

describe("the names generated from an environment that the rules accept", () => {
  const letters = "abcxyz019-";
  const names = fc.string({ unit: fc.constantFrom(...letters), maxLength: 20 }).map((text) => `a${text}z`);

  it("fit the limits of Google Cloud and DNS", () => {
    const { resolution, domain } = readEnvironmentFile(committedFile("prod"));
    let accepted = 0;
    fc.assert(
      fc.property(names, names, names, (environment, cluster, tier) => {
        const entry = {
          ...(at(sectionsOf("prod"), "clusters.free") as Sections),
          containerVms: { [tier]: { min: 1, max: 1 } },
        };
        const sections = {
          ...sectionsOf("prod"),
          machineTiers: { [tier]: { machineType: "e2-small" } },
          clusters: { [cluster]: { ...entry, plans: ["free", "hacker"] } },
          placement: { defaultCluster: cluster, plans: ["free", "hacker"] },
        };
        if ("problems" in parseEnvironment(environment, sections)) return;
        accepted += 1;
        const prefix = clusterPrefix(environment, cluster);
        const roles = [HTTP_SERVING_ROLE, containerVmRole(tier)];
        const compute = roles.flatMap((role) => [instanceName(prefix, role), templateName(cluster, role)]);
        const accounts = [
          serviceAccountId(prefix, "host"),
          serviceAccountId(prefix, "edge"),
          sharedName(environment, "nodes"),
        ];
        const gke = Object.keys(resolution.regions).map((region) => sharedRegionName(environment, region));
        const dns = [hostingName, workspaceName, clusterName, nameServerName].map((nameOf) => nameOf(domain, cluster));
        for (const name of compute) expect(name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
        for (const name of accounts) expect(name).toMatch(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/);
        for (const name of gke) expect(name).toMatch(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/);
        for (const name of dns)
          expect(name.split(".").every((label) => label.length <= 63) && name.length <= 253).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

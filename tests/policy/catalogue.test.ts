import { createRequire } from "node:module";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { factsOf, isPlaced, knownTypes, packageOf } from "../../policy/support/catalogue";
import { GCP_TYPES } from "../../sandbox/facts/gcp-types";
import { REPOSITORY } from "../support/environments";

/** The declared inputs of a type, as the SDK's own declarations have them. */
function inputsOf(type: string): string {
  const [, module = "", name = ""] = type.split(":");
  const [service = "", resource = ""] = module.split("/");
  const folder = join(REPOSITORY, "node_modules", "@pulumi", "gcp", service);
  // Files are spelt as tokens are but for capitals: `iammember` holds `iAMMember`.
  const file = readdirSync(folder).find((name) => name.toLowerCase() === `${resource.toLowerCase()}.d.ts`);
  const declarations = readFileSync(join(folder, file ?? ""), "utf8");
  return declarations.slice(declarations.indexOf(`export interface ${name}Args`));
}

const takes = (type: string, property: string) => new RegExp(`^    ${property}\\??: `, "m").test(inputsOf(type));

describe("the catalogue of resource types", () => {
  it("has every type that the local provider serves, and so every type that the program uses", () => {
    expect(GCP_TYPES.filter((type) => factsOf(type) === undefined)).toEqual([]);
  });

  it.each(knownTypes)("says of %s what the SDK says", (type) => {
    const facts = factsOf(type);
    const labels = (["labels", "resourceLabels", "userLabels"] as const).filter((property) => takes(type, property));
    // A notification channel's `labels` are its settings; an alert's and a channel's own are `userLabels`.
    const expected = labels.includes("userLabels") ? "userLabels" : labels[0];
    if (facts?.labels !== "settings.userLabels") expect(facts?.labels).toBe(expected);
    const placed = ["region", "zone", "location"].some((property) => takes(type, property));
    if (facts?.placement === "regional" || facts?.placement === "zonal") expect(placed).toBe(true);
    if (facts?.placement === "global-only") expect(placed).toBe(false);
  });

  it("names types as the SDK does", () => {
    const load = createRequire(__filename);
    const tokens = knownTypes.map((type) => {
      const [, module = "", name = ""] = type.split(":");
      const service = load(`@pulumi/gcp/${module.split("/")[0]}`) as Record<
        string,
        { __pulumiType?: string } | undefined
      >;
      return service[name]?.__pulumiType;
    });
    expect(tokens).toEqual(knownTypes);
  });

  it("finds the package of a type, and of a provider the package it provides", () => {
    expect(packageOf("gcp:compute/network:Network")).toBe("gcp");
    expect(packageOf("pulumi:providers:kubernetes")).toBe("kubernetes");
    expect(packageOf("pulumi:pulumi:Stack")).toBe("pulumi");
  });

  it("takes the place that a grant names for the place of what it grants", () => {
    expect(isPlaced("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember")).toBe(false);
    expect(isPlaced("gcp:compute/address:Address")).toBe(true);
    expect(isPlaced("kubernetes:core/v1:Service")).toBe(false);
  });
});

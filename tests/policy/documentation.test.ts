import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceGenerated } from "../../docs/generated-section";
import { renderPolicies } from "../../docs/policies-page";
import { rules } from "../../policy/rules";
import { REPOSITORY } from "../support/environments";

const names = rules.map(({ name }) => name);

describe("the policy pack", () => {
  it("has its rules documented as they are; `make generated` brings the page up to date", () => {
    const page = readFileSync(join(REPOSITORY, "docs", "policies.md"), "utf8");
    expect(page).toBe(replaceGenerated(page, "rules", renderPolicies(rules)));
  });

  it("has one rule per file, named as the file is, and leaves none out", () => {
    const files = readdirSync(join(REPOSITORY, "policy", "rules")).filter((file) => file !== "index.ts");
    expect([...names].sort()).toEqual(files.map((file) => file.replace(/\.ts$/, "")).sort());
  });

  it("gives each rule a name of its own, a sentence and a remedy", () => {
    expect(new Set(names).size).toBe(names.length);
    for (const { description, remedy } of rules) {
      expect(description).toMatch(/^[A-Z].{30,}\.$/);
      expect(remedy).toMatch(/^[a-z].{10,}[^.]$/);
    }
  });
});

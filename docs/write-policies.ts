/* Writes the table of the policy pack's rules into docs/policies.md: node --import tsx docs/write-policies.ts */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rules } from "../policy/rules";
import { replaceGenerated } from "./generated-section";
import { renderPolicies } from "./policies-page";

const page = join(__dirname, "policies.md");
writeFileSync(page, replaceGenerated(readFileSync(page, "utf8"), "rules", renderPolicies(rules)));

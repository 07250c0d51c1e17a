/*
 * Writes the facts about Google Cloud's resource types (sandbox/facts/gcp/) from the official provider's own rules:
 *
 *   node --import tsx sandbox/facts/extract.ts <provider-rules.json>
 *
 * The rules file is one JSON object, from type token to rules per property (see ProviderRules in convert.ts), as read
 * off the schema of the provider's release that @pulumi/gcp in package.json belongs to. Run it after adding a type to
 * gcp-types.ts or moving to another release, and review the difference: it is what the real provider changed.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { factsFromRules, formatFacts, type ProviderRules } from "./convert";
import { GCP_FACTS, gcpFactsFile, gcpFactsFiles } from "./gcp";
import { GCP_TYPES } from "./gcp-types";

function main(path: string | undefined): void {
  if (path === undefined) throw new Error("usage: extract.ts <provider-rules.json>");
  const rules = JSON.parse(readFileSync(path, "utf8")) as Partial<Record<string, ProviderRules>>;
  const files = new Map<string, string>();
  for (const token of GCP_TYPES) {
    const found = rules[token];
    if (found === undefined) throw new Error(`${path} has no rules about ${token}`);
    files.set(gcpFactsFile(token), formatFacts(factsFromRules(found)));
  }
  for (const file of gcpFactsFiles()) if (!files.has(file)) rmSync(join(GCP_FACTS, file));
  for (const [file, content] of files) writeFileSync(join(GCP_FACTS, file), content);
  process.stdout.write(`${files.size} fact files in ${GCP_FACTS}\n`);
}

main(process.argv[2]);

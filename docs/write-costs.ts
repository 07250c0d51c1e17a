/* Writes the billed quantities of an environment into docs/costs.md: node --import tsx docs/write-costs.ts */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readEnvironmentFile } from "../config";
import { renderCosts } from "./costs-page";

const page = join(__dirname, "costs.md");

async function main(): Promise<void> {
  const environment = readEnvironmentFile(join(__dirname, "..", "Pulumi.prod.yaml"));
  writeFileSync(page, await renderCosts(readFileSync(page, "utf8"), environment));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

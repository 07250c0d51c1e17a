import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Facts } from "./fact";

/** The folder of the facts about Google Cloud: `<module>.<Type>.json` per resource type, written by `extract.ts`. */
export const GCP_FACTS = join(__dirname, "gcp");

const loaded = new Map<string, Facts>();

/** The facts about `gcp:compute/network:Network` and its like; an error tells how to add a type that has none. */
export function gcpFacts(token: string): Facts {
  const known = loaded.get(token);
  if (known !== undefined) return known;
  const path = join(GCP_FACTS, gcpFactsFile(token));
  if (!existsSync(path)) {
    throw new Error(
      `${token}: the local provider has no facts about this resource type; add it to GCP_TYPES in ` +
        `sandbox/facts/gcp-types.ts, run sandbox/facts/extract.ts and define it in sandbox/gcp/types`,
    );
  }
  const facts = JSON.parse(readFileSync(path, "utf8")) as Facts;
  loaded.set(token, facts);
  return facts;
}

/** The file name of a type's facts: `compute.Network.json` for `gcp:compute/network:Network`. */
export function gcpFactsFile(token: string): string {
  const [, module = "", type = ""] = token.split(":");
  return `${module.split("/")[0]}.${type}.json`;
}

/** The names of all fact files that exist. */
export function gcpFactsFiles(): string[] {
  return readdirSync(GCP_FACTS).sort();
}

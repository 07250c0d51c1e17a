/**
 * What the local cloud has recorded for an engine that was killed before it noted so itself. The next update would be told that it exists
 * already, again and again.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DIRECTORY_VARIABLE, RecordStore } from "../sandbox/provider/store";
import { recordedResources } from "./local-backend";
import type { Site } from "./site";

const GOOGLE = "gcp";
const KUBERNETES = "kubernetes";

/** Removes the records of a stack that no stack of the environment knows of, and returns how many there were. */
export function removeOrphans({ stateDir, variables }: Site, project: string, stack: string): number {
  const root = variables[DIRECTORY_VARIABLE];
  if (root === undefined || stateDir === undefined) return 0;
  const resources = recordedResources(stateDir, project);
  const ids = new Set(resources.map(({ type, id }) => `${type} ${id}`));
  const urns = new Set(resources.map(({ urn }) => urn));
  const ofStack = `urn:pulumi:${stack}::`;
  let removed = 0;
  for (const scope of scopes(root)) {
    new RecordStore(root, scope).removeEverywhere(({ urn, type, id }) => {
      // Stacks may share what is Google's, under a URN each; objects of two Kubernetes clusters may have one id.
      const isKnown = scope === GOOGLE ? ids.has(`${type} ${id}`) : urns.has(urn);
      const isOrphan = urn.startsWith(ofStack) && !isKnown;
      if (isOrphan) removed++;
      return isOrphan;
    });
  }
  return removed;
}

function scopes(root: string): string[] {
  const clusters = join(root, KUBERNETES);
  return [GOOGLE, ...(existsSync(clusters) ? readdirSync(clusters) : []).map((name) => `${KUBERNETES}/${name}`)];
}

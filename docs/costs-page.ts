/** The page about costs with the quantities of an environment filled in. */
import type { Environment } from "../config";
import { replaceGenerated } from "./generated-section";
import { inventoryOf, type Registered } from "./inventory";
import { renderClusterQuantities, renderSharedQuantities } from "./quantities";

/** Zones that a regional GKE cluster spreads its nodes over unless it is told otherwise. */
const ZONES_PER_REGION = 3;

/** Returns the page with current tables. */
export async function renderCosts(page: string, environment: Environment): Promise<string> {
  const clusters: Record<string, Registered[]> = {};
  for (const name of Object.keys(environment.clusters)) clusters[name] = await inventoryOf(environment, name);
  const shared = await inventoryOf(environment);
  const withClusters = replaceGenerated(page, "clusters", renderClusterQuantities(clusters));
  return replaceGenerated(withClusters, "shared", renderSharedQuantities(shared, ZONES_PER_REGION));
}

import { DATABASE, isMachine, NODE_POOL } from "../support/machines";
import type { ResourceRule } from "../support/rule";
import type { Scope } from "../support/scope";
import { at, show, text } from "../support/values";

export const machineTypes: ResourceRule = {
  name: "machine-types",
  description:
    "Machines are of the types that the configuration names for them, so that capacity and cost follow from it alone.",
  severity: "medium",
  remedy:
    "take the type from machineTiers, clusters.<name>.httpServing.machineType, resolution.nodes or resolution.database",
  appliesTo: (type) => isMachine(type) || [NODE_POOL, DATABASE].includes(type),
  check: ({ type, properties }, scope) => {
    const path = { [NODE_POOL]: "nodeConfig.machineType", [DATABASE]: "settings.tier" }[type] ?? "machineType";
    const found = text(at(properties, path));
    const configured = configuredTypes(type, scope);
    if (found === undefined || configured.includes(found.split("/").at(-1) ?? "")) return [];
    return [`${path} ${show(found)} is none of those configured: ${configured.join(", ") || "none in this stack"}`];
  },
};

function configuredTypes(type: string, { environment, cluster }: Scope): readonly string[] {
  if (type === NODE_POOL) return [environment.resolution.nodes.machineType];
  if (type === DATABASE) return [environment.resolution.database.tier];
  if (cluster === undefined) return [];
  const tiers = Object.keys(cluster.config.containerVms).flatMap(
    (tier) => environment.machineTiers[tier]?.machineType ?? [],
  );
  return [...new Set([...tiers, cluster.config.httpServing.machineType])];
}

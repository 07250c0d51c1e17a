import { GKE_CLUSTER, isMachine, NODE_POOL } from "../support/machines";
import type { ResourceRule } from "../support/rule";
import { at, isNot, show, type Properties } from "../support/values";

const MACHINE = ["shieldedInstanceConfig"].flatMap((block) => [
  `${block}.enableSecureBoot`,
  `${block}.enableVtpm`,
  `${block}.enableIntegrityMonitoring`,
]);
const NODES = [
  "nodeConfig.shieldedInstanceConfig.enableSecureBoot",
  "nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring",
];

export const shieldedVm: ResourceRule = {
  name: "shielded-vm",
  description: "Machines and nodes are shielded: they boot only what is signed, and report when something else booted.",
  severity: "high",
  remedy:
    "set enableSecureBoot, enableVtpm and enableIntegrityMonitoring to true (enableShieldedNodes on a GKE cluster)",
  appliesTo: (type) => isMachine(type) || [GKE_CLUSTER, NODE_POOL].includes(type),
  check: ({ type, properties }) => {
    // GKE shields nodes unless told otherwise.
    if (type === GKE_CLUSTER) return properties.enableShieldedNodes === false ? ["enableShieldedNodes is false"] : [];
    return notTrue(properties, type === NODE_POOL ? NODES : MACHINE);
  },
};

function notTrue(properties: Properties, paths: readonly string[]): string[] {
  return paths
    .filter((path) => isNot(at(properties, path), true))
    .map((path) => `${path} is ${show(at(properties, path))}`);
}

/** How a failure domain is, judged by the nodes in it. Pure. */
import type { Cluster, Node } from "../../services/contracts/resources";
import { grouped } from "../control-api/evacuation-view";
import { nodeKey } from "./node-watch";

/** From best to worst; `idle` is as it should be. */
export const LEVELS = ["idle", "good", "warn", "bad"] as const;
export type Level = (typeof LEVELS)[number];

/** The word for a level of health. */
export const HEALTH: Readonly<Record<Level, string>> = {
  idle: "not in use",
  good: "healthy",
  warn: "degraded",
  bad: "down",
};

export interface Health {
  readonly level: Level;
  /** What is the matter, most serious first: `1 of 2 edges silent: edge-2`. */
  readonly trouble: readonly string[];
  /** What there is: `2 edges`. */
  readonly machines: readonly string[];
}

/** Nodes of one kind in one failure domain, as people call them. */
interface Group {
  readonly singular: string;
  readonly plural: string;
  readonly nodes: readonly Node[];
}

/** Most nodes that are named one by one. */
const NAMED = 4;

/** Health of a cluster: its edges and container hosts. One without either that nobody uses yet is idle. */
export function clusterHealth(
  { name, lifecycle, users }: Cluster,
  nodes: readonly Node[],
  late: ReadonlySet<string>,
): Health {
  const own = nodes.filter(({ cluster }) => cluster === name);
  if (own.length === 0 && lifecycle === "provisioned" && users === 0) {
    return { level: "idle", trouble: [], machines: ["no machines yet"] };
  }
  const kind = (wanted: Node["kind"]) => own.filter((node) => node.kind === wanted);
  return healthOf(
    [
      { singular: "edge", plural: "edges", nodes: kind("edge") },
      { singular: "container host", plural: "container hosts", nodes: kind("host") },
    ],
    late,
  );
}

/** Health of what all clusters share, as far as it is a node: the name servers. */
export function sharedHealth(nodes: readonly Node[], late: ReadonlySet<string>): Health {
  const dns = nodes.filter(({ kind }) => kind === "dns");
  return healthOf([{ singular: "name server", plural: "name servers", nodes: dns }], late);
}

/** A group of which no node is live does not do its work, so neither does the failure domain. */
function healthOf(groups: readonly Group[], late: ReadonlySet<string>): Health {
  const dead = groups.filter(({ nodes }) => !nodes.some(({ live }) => live));
  const hurt = groups.filter((group) => !dead.includes(group));
  const trouble = [
    ...dead.map(deadText),
    ...hurt.flatMap((group) => [silentText(group), lateText(group, late)]).filter((text) => text !== undefined),
  ];
  return {
    level: dead.length > 0 ? "bad" : trouble.length > 0 ? "warn" : "good",
    trouble,
    machines: groups.map(
      ({ nodes, singular, plural }) => `${grouped(nodes.length)} ${nodes.length === 1 ? singular : plural}`,
    ),
  };
}

function deadText({ nodes, singular, plural }: Group): string {
  if (nodes.length === 0) return `no ${singular} has reported`;
  if (nodes.length === 1) return `the only ${singular} is silent`;
  return nodes.length === 2 ? `both ${plural} are silent` : `all ${grouped(nodes.length)} ${plural} are silent`;
}

function silentText(group: Group): string | undefined {
  return partText(
    group,
    "silent",
    group.nodes.filter(({ live }) => !live),
  );
}

function lateText(group: Group, late: ReadonlySet<string>): string | undefined {
  return partText(
    group,
    "lagging",
    group.nodes.filter((node) => late.has(nodeKey(node))),
  );
}

function partText({ nodes, singular, plural }: Group, what: string, part: readonly Node[]): string | undefined {
  if (part.length === 0) return undefined;
  const names = part.slice(0, NAMED).map(({ name }) => name);
  const rest = part.length - names.length;
  const list = rest > 0 ? [...names, `and ${grouped(rest)} more`] : names;
  const which =
    nodes.length === 1 ? `the only ${singular}` : `${grouped(part.length)} of ${grouped(nodes.length)} ${plural}`;
  return `${which} ${what}: ${list.join(", ")}`;
}

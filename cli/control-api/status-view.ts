/** The tables of `clusters status`. Pure. */
import { columns, plain, type Paint } from "../../preview/table";
import type { Cluster, Evacuation, Node } from "../../services/contracts/resources";
import { grouped, progressText } from "./evacuation-view";
import type { PhaseCount, Status } from "./status";

/** Most nodes that are named one by one: a cluster may have hundreds. */
const NAMED_NODES = 20;

/** One table under another. */
export function statusText({ clusters, nodes, transfers, evacuations }: Status, paint: Paint = plain): string {
  const parts = [clusterTable(clusters, paint), scopeTable(nodes, paint)];
  const behind = nodes.filter(({ live, lag }) => !live || lag > 0);
  if (behind.length > 0) parts.push(nodeTable(behind, paint));
  parts.push(transferTable(transfers, paint));
  if (evacuations.length > 0) parts.push(evacuationTable(evacuations, paint));
  return parts.join("\n\n");
}

function clusterTable(clusters: readonly Cluster[], paint: Paint): string {
  const header = ["cluster", "lifecycle", "users", "arriving", "of at most", "headroom"];
  const rows = clusters.map(({ name, lifecycle, users, arriving, maxUsers, headroom }) => [
    name,
    lifecycle,
    ...[users, arriving, maxUsers, headroom].map(grouped),
  ]);
  return columns([header, ...rows], paint);
}

/** Nodes by scope: how many there are, how many follow the feed, and how far the last one is behind. */
function scopeTable(nodes: readonly Node[], paint: Paint): string {
  const scopes = [...new Set(nodes.map(({ scope }) => scope))].sort();
  const rows = scopes.map((scope) => {
    const members = nodes.filter((node) => node.scope === scope);
    const live = members.filter((node) => node.live).length;
    return [scope, ...[members.length, live, Math.max(...members.map(({ lag }) => lag))].map(grouped)];
  });
  return columns([["nodes of", "known", "live", "most behind"], ...rows], paint);
}

/** The nodes that a transfer would wait for longest: silent ones first, then those furthest behind. */
function nodeTable(nodes: readonly Node[], paint: Paint): string {
  const worst = [...nodes].sort((a, b) => Number(a.live) - Number(b.live) || b.lag - a.lag);
  const rows = worst.slice(0, NAMED_NODES).map(({ scope, name, live, lag, seenAt }) => {
    return [scope, name, live ? "live" : "silent", grouped(lag), seenAt];
  });
  const rest = worst.length - rows.length;
  const table = columns([["nodes of", "silent or behind", "", "entries behind", "last seen"], ...rows], paint);
  return rest > 0 ? `${table}\nand ${rest} more; all are in the output of --json` : table;
}

function transferTable(transfers: readonly PhaseCount[], paint: Paint): string {
  const some = transfers.filter(({ count }) => count > 0);
  if (some.length === 0) return "no user is being moved";
  const rows = some.map(({ phase, count, more }) => [phase, more ? `more than ${grouped(count)}` : grouped(count)]);
  return columns([["transfers in", "users"], ...rows], paint);
}

function evacuationTable(evacuations: readonly Evacuation[], paint: Paint): string {
  const rows = evacuations.map((evacuation) => [
    evacuation.id ?? "",
    evacuation.source,
    evacuation.state,
    progressText({ ...evacuation, state: "running" }, undefined),
  ]);
  return columns([["evacuation", "of", "state", ""], ...rows], paint);
}

/** What the registry is told of nodes, and what one batch of it comes to. Pure. */
import type { NodeKind, Scope } from "../../contracts/feed";

/** Which node. */
export interface NodeKey {
  readonly scope: Scope;
  readonly name: string;
}

/** It opened the feed. */
export interface Connected extends NodeKey {
  readonly type: "connected";
  readonly kind: NodeKind;
  readonly cluster: string | undefined;
  readonly incarnation: string;
  readonly connection: string;
}

/** It has applied the feed up to a revision. */
export interface Acknowledged extends NodeKey {
  readonly type: "acknowledged";
  readonly incarnation: string;
  readonly revision: number;
  readonly leaving: boolean;
}

/** It closed a connection. */
export interface Disconnected extends NodeKey {
  readonly type: "disconnected";
  readonly connection: string;
}

export type Report = Connected | Acknowledged | Disconnected;

/** Reports in the order in which they are written. */
export interface Batch {
  readonly connected: readonly Connected[];
  readonly acknowledged: readonly Acknowledged[];
  readonly disconnected: readonly Disconnected[];
  /** Every node that is told of. */
  readonly nodes: readonly NodeKey[];
}

/**
 * One statement writes a row once, so of several connections of a node the last counts, and of several acknowledgements of
 * one process the highest revision.
 */
export function batchOf(reports: readonly Report[]): Batch {
  const nodes = new Map<string, NodeKey>();
  const connected = new Map<string, Connected>();
  const acknowledged = new Map<string, Acknowledged>();
  const disconnected: Disconnected[] = [];
  for (const report of reports) {
    nodes.set(keyOf(report), report);
    if (report.type === "connected") connected.set(keyOf(report), report);
    else if (report.type === "disconnected") disconnected.push(report);
    else acknowledged.set(processOf(report), merge(acknowledged.get(processOf(report)), report));
  }
  return {
    connected: [...connected.values()],
    acknowledged: [...acknowledged.values()],
    disconnected,
    nodes: [...nodes.values()],
  };
}

function merge(earlier: Acknowledged | undefined, later: Acknowledged): Acknowledged {
  if (earlier === undefined) return later;
  const revision = Math.max(earlier.revision, later.revision);
  return { ...later, revision, leaving: earlier.leaving || later.leaving };
}

/** Identifies a node in a map. */
export function keyOf({ scope, name }: NodeKey): string {
  return `${scope} ${name}`;
}

/** Identifies one process of a node. */
export function processOf(node: NodeKey & { readonly incarnation: string }): string {
  return `${keyOf(node)} ${node.incarnation}`;
}

/** Which nodes fall behind. Every node is behind for a moment after every change, so one look cannot tell. */
import type { Node } from "../../services/contracts/resources";

/** A node that has something to apply and has applied nothing for this long is stuck; healthy ones take milliseconds. */
const STUCK_MS = 5_000;
/** An evacuation at its default rate makes a hundred entries a second: a node this far behind is ten seconds late. */
const FAR_BEHIND = 1_000;

/** Names a node: names are unique within a scope. */
export function nodeKey({ scope, name }: Pick<Node, "scope" | "name">): string {
  return `${scope}/${name}`;
}

export class NodeWatch {
  /** Revision at which each node that is behind stands, and since when. */
  private standing = new Map<string, { readonly revision: number; readonly since: number }>();

  /** Takes note of a look at the nodes at a time in milliseconds, and returns the keys of live ones that lag. */
  lagging(nodes: readonly Node[], now: number): Set<string> {
    const before = this.standing;
    this.standing = new Map();
    const late = new Set<string>();
    for (const node of nodes.filter(({ live, lag }) => live && lag > 0)) {
      const key = nodeKey(node);
      const known = before.get(key);
      const since = known?.revision === node.appliedRevision ? known.since : now;
      this.standing.set(key, { revision: node.appliedRevision, since });
      if (now - since >= STUCK_MS || node.lag >= FAR_BEHIND) late.add(key);
    }
    return late;
  }
}

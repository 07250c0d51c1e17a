/** Which nodes a transfer waits for. Pure. */
import type { Scope } from "../../contracts/feed";
import type { SkippedNode, TransferState } from "./facts";

/** A registered node. */
export interface NodeState {
  readonly scope: Scope;
  readonly name: string;
  readonly appliedRevision: number;
  /** Whether it follows the feed and was heard of within the lease. */
  readonly live: boolean;
}

/** A node that a transfer waits for, and the revision that it is to apply. */
export interface LaggingNode extends SkippedNode {
  readonly live: boolean;
}

/** Nodes are looked at anew for every step: whoever has registered or left meanwhile counts as it is now. */
export class NodesBehind {
  private readonly byScope = new Map<Scope, NodeState[]>();
  private readonly liveScopes: ReadonlySet<Scope>;

  /** `nodes` may leave out live ones that are behind no barrier in question; `liveScopes` have a live node at all. */
  constructor(nodes: readonly NodeState[], liveScopes: Iterable<Scope>) {
    for (const node of nodes) {
      const ofScope = this.byScope.get(node.scope);
      if (ofScope === undefined) this.byScope.set(node.scope, [node]);
      else ofScope.push(node);
    }
    this.liveScopes = new Set(liveScopes);
  }

  /**
   * The nodes that a transfer's phase waits for. A planned one sets out only when everybody concerned is there: a node that is
   * silent now would hold it up later, when the user's requests wait already. A scope without registered nodes has nobody to
   * wait for.
   */
  lagging({ barriers, mode, phase }: Pick<TransferState, "barriers" | "mode" | "phase">): LaggingNode[] {
    const wantsLive = mode === "planned" && phase === "accepting";
    const inOrder = Object.entries(barriers).sort(([a], [b]) => (a < b ? -1 : 1));
    return inOrder.flatMap(([key, revision]) => {
      const scope = key as Scope;
      const waitedFor = (this.byScope.get(scope) ?? []).filter(
        ({ appliedRevision, live }) => appliedRevision < revision || (wantsLive && !live),
      );
      return waitedFor.map(({ name, live }) => ({ scope, node: name, revision, live }));
    });
  }

  hasLive(scope: Scope): boolean {
    return this.liveScopes.has(scope);
  }
}

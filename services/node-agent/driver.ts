/** What stands between a node's agent and what it feeds: Knot on a name server, HAProxy on an edge. */

/** A key's new value; `null` where it was deleted. */
export interface Change {
  readonly key: string;
  readonly value: unknown;
  /** Position in the feed. */
  readonly revision: number;
}

/** The keyed state that an agent keeps on disk: the last value of every key that has one. */
export type State = ReadonlyMap<string, unknown>;

export interface Driver {
  /** Prepares the engine with what the agent knew when it last ran, so that it serves that before any API answers. */
  start(state: State): Promise<void>;
  /**
   * Brings changes into force, in their order. Resolves when the engine serves all of them, however long that takes, and rejects
   * only when the driver is stopped before. May be called again before an earlier call has resolved.
   */
  apply(changes: readonly Change[]): Promise<void>;
  /**
   * Compares all that the engine serves with the state and repairs what is the driver's own. Resolves with the number of repairs.
   * Changes may be applied meanwhile.
   */
  reconcile(state: State): Promise<number>;
  /**
   * Edges: users who live elsewhere and were asked for here since the last call, at most as many as one acknowledgement takes; the
   * others with the next call.
   */
  requested?(): Promise<readonly string[]>;
  /**
   * Waits until the engine takes no requests any more, having it stop where {@link start} has started it; changes are put in force
   * meanwhile. Returns whether that was so before the signal was aborted. Called once, before {@link stop}, where the node is to
   * leave. Absent where nothing serves on beside the agent.
   */
  outlast?(signal: AbortSignal): Promise<boolean>;
  /** Ends what {@link start} has started. */
  stop(): Promise<void>;
}

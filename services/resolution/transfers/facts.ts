/** What a transfer's next step depends on, and what a step consists of: the language of machine, steps and store. */
import type { Scope } from "../../contracts/feed";
import type { Mode, Phase } from "../../contracts/transfers";
import type { FeedWrite } from "../store/feed-writes";
import type { NodesBehind } from "./nodes-behind";

/** Revision that the nodes of each scope must have applied before the phase ends. */
export type Barriers = Readonly<Record<string, number>>;

/** A transfer, as far as its next step depends on it. */
export interface TransferState {
  readonly id: string;
  readonly user: string;
  readonly source: string;
  readonly destination: string;
  readonly mode: Mode;
  readonly phase: Phase;
  /** Set while it is still `requested` or `accepting`: it is to be cancelled. */
  readonly outcome?: string;
  readonly barriers: Barriers;
  /** Service clock, in milliseconds: when the phase began; when the last DNS node had published. */
  readonly phaseSinceMs: number;
  readonly publishedMs?: number;
}

/** A cluster that clients with an old answer may still come to, and where its edges send them. */
export interface TombstoneState {
  readonly holder: string;
  readonly destination: string;
  /** Last request that an edge has reported; service clock, in milliseconds. */
  readonly lastRequestMs?: number;
}

/** A verified custom domain, and the name in the hosting zone that it stands for. */
export interface DomainState {
  readonly name: string;
  readonly host: string;
}

/** All that is known of a transfer and its user, read in the transaction that writes the step. */
export interface Facts {
  readonly transfer: TransferState;
  /** The user's tombstones, of whichever transfer. */
  readonly tombstones: readonly TombstoneState[];
  readonly domains: readonly DomainState[];
  /** The user's other transfers that settle. */
  readonly settling: readonly string[];
  /** Whether another transfer of the user is under way. */
  readonly moving: boolean;
  /** Whether the destination still takes users. */
  readonly destinationActive: boolean;
}

/** What concerns all transfers alike. */
export interface Surroundings {
  /** Service clock, in milliseconds, read after the nodes' acknowledgements. */
  readonly nowMs: number;
  readonly nodes: NodesBehind;
  /** Cluster that the zone's wildcard answers. */
  readonly defaultCluster: string;
}

/** A node that was not waited for: that it has applied the revision is not known. */
export interface SkippedNode {
  readonly scope: Scope;
  readonly node: string;
  readonly revision: number;
}

/** One step of one transfer: everything that is written together. */
export interface Step {
  readonly phase: Phase;
  /** What nodes are told, in this order. */
  readonly feed: readonly FeedWrite[];
  /** Scopes whose nodes must have applied all of the feed up to this step before the new phase ends; kept as they are if absent. */
  readonly awaits?: readonly Scope[];
  readonly tombstones?: TombstoneChanges;
  /** The user's new home. */
  readonly home?: string;
  /** What is added to the counts of clusters. */
  readonly counts?: readonly CountChange[];
  /** Transfers whose tombstones this one takes over. */
  readonly supersedes?: readonly string[];
  readonly publishedMs?: number;
  readonly outcome?: string;
  readonly skipped?: readonly SkippedNode[];
}

export interface TombstoneChanges {
  /** Holders that the transfer adds, or whose destination changes. */
  readonly point?: { readonly holders: readonly string[]; readonly destination: string };
  readonly remove?: readonly string[];
  /** Whether all that remain belong to this transfer from now on. */
  readonly adopt?: true;
}

export interface CountChange {
  readonly cluster: string;
  readonly users: number;
  readonly arriving: number;
}

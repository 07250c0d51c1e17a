/** One way to set up and look at a store for tests that hold for both: the one in memory and the one in PostgreSQL. */
import type { Scope } from "../../../../../services/contracts/feed";
import type { Mode, Phase } from "../../../../../services/contracts/transfers";
import type { EvacuationCommand } from "../../../../../services/resolution/transfers";
import type { TransferStore } from "../../../../../services/resolution/transfers/store";
import { transferTimings } from "../../../../../services/resolution/transfers/timings";

/** What tests compare: no ids, which differ. */
export interface Snapshot {
  readonly clockMs: number;
  readonly counts: Record<string, readonly [users: number, arriving: number]>;
  readonly homes: Record<string, string>;
  /** By user, then in the order in which they were asked for. */
  readonly transfers: readonly TransferSnapshot[];
  /** `<user> <holder>` to destination, and position of the transfer in the list. */
  readonly tombstones: Record<string, readonly [destination: string, transfer: number]>;
  /** `<scope> <key>` to revision and value. */
  readonly feed: Record<string, readonly [revision: number, value: unknown]>;
  readonly evacuations: readonly string[];
}

export interface TransferSnapshot {
  readonly user: string;
  readonly source: string;
  readonly destination: string;
  readonly phase: Phase;
  readonly barriers: unknown;
  readonly phaseSinceMs: number;
  readonly publishedMs: number | null;
  readonly outcome: string | null;
  readonly skipped: unknown;
}

/**
 * A store with clusters `a`, `b` and `c`, of which `a` is the default one, and users `u0`, `u1` and `u2` there. The first has a
 * custom domain.
 */
export interface Bench {
  /** A session of the driver's. Time passes for it as `monotonicMs` says. */
  session(monotonicMs: () => number): TransferStore;
  request(user: string, destination: string, mode: Mode): Promise<void>;
  cancel(user: string): Promise<void>;
  evacuate(source: string, destination: string, concurrency: number): Promise<void>;
  tellEvacuations(command: EvacuationCommand): Promise<void>;
  /** An edge of `holder` has had a request for the user. */
  visit(user: string, holder: string): Promise<void>;
  setActive(cluster: string, active: boolean): Promise<void>;
  mayRun(user: string, cluster: string): Promise<boolean>;
  forgetNode(scope: Scope, name: string): Promise<void>;
  /** A node that has applied the feed up to a revision. */
  node(scope: Scope, name: string, appliedRevision: number, connected: boolean): Promise<void>;
  head(): Promise<number>;
  snapshot(): Promise<Snapshot>;
  close(): Promise<void>;
}

/** Short enough for an event or a few to reach the end of each wait. */
export const TIMINGS = transferTimings(
  { ttlSeconds: 2, graceSeconds: 1 },
  {
    phaseSeconds: { accepting: 2, forwarding: 2, stopping: 3, publishing: 2, aborting: 2 },
    quietSeconds: 4,
    maxSettleSeconds: 6,
  },
);

export const CLUSTERS = ["a", "b", "c"] as const;
export const USERS = ["u0", "u1", "u2"] as const;
export const DOMAIN = { name: "www.example.org", host: "app.u0" } as const;
export const EVACUATION = { mode: "planned", rate: 1000, reason: "" } as const;

/** The store's tables in memory, as far as transfers need them, and what others than the driver do to them. */
import { createHash } from "node:crypto";
import type { Scope } from "../../../../../services/contracts/feed";
import type { EvacuationState, Mode, Phase } from "../../../../../services/contracts/transfers";
import { CANCELLABLE_PHASES, RUNNING_PHASES } from "../../../../../services/contracts/transfers";
import { RESOLUTION_MS } from "../../../../../services/resolution/nodes/requests";
import type { FeedWrite } from "../../../../../services/resolution/store/feed-writes";
import type { Barriers, SkippedNode } from "../../../../../services/resolution/transfers/facts";

export interface TransferRow {
  readonly id: string;
  readonly user: string;
  readonly source: string;
  readonly destination: string;
  readonly mode: Mode;
  readonly evacuation?: string;
  readonly phase: Phase;
  readonly outcome?: string;
  readonly barriers: Barriers;
  readonly phaseSinceMs: number;
  readonly publishedMs?: number;
  readonly skipped: readonly SkippedNode[];
}

export interface TombstoneRow {
  readonly user: string;
  readonly holder: string;
  readonly destination: string;
  readonly transfer: string;
  readonly lastRequestMs?: number;
}

export interface NodeRow {
  readonly scope: Scope;
  readonly name: string;
  readonly incarnation: string;
  appliedRevision: number;
  connected: boolean;
  seenMs: number;
}

export interface EvacuationRow {
  readonly id: string;
  readonly state: EvacuationState;
  readonly rate: number;
  readonly concurrency: number;
}

export interface ClusterRow {
  readonly active: boolean;
  readonly users: number;
  readonly arriving: number;
}

/** An entry as it was written; the feed itself keeps only the last of each key. */
export interface LoggedEntry {
  readonly revision: number;
  readonly key: string;
  readonly value: unknown;
}

export function isRunning({ phase }: Pick<TransferRow, "phase">): boolean {
  return (RUNNING_PHASES as readonly Phase[]).includes(phase);
}

export class Tables {
  private created = 0;
  clockMs = 0;
  revision = 0;
  readonly log = new Map<Scope, LoggedEntry[]>();
  readonly feed = new Map<Scope, Map<string, LoggedEntry>>();
  readonly clusters = new Map<string, ClusterRow>();
  readonly homes = new Map<string, string>();
  readonly domains = new Map<string, readonly { readonly name: string; readonly host: string }[]>();
  readonly transfers = new Map<string, TransferRow>();
  readonly tombstones = new Map<string, TombstoneRow>();
  /** By name, which is unique here. */
  readonly nodes = new Map<string, NodeRow>();
  readonly evacuations = new Map<string, EvacuationRow>();
  /** The session that holds the driver's lock. */
  leader: object | undefined;

  constructor(readonly defaultCluster: string) {}

  append(writes: readonly FeedWrite[]): void {
    for (const { scope, key, value } of writes) {
      const entry = { revision: ++this.revision, key, value };
      getOr(this.log, scope, () => []).push(entry);
      getOr(this.feed, scope, () => new Map<string, LoggedEntry>()).set(key, entry);
    }
  }

  /** The value that a key has now. */
  current(scope: Scope, key: string): unknown {
    return this.feed.get(scope)?.get(key)?.value ?? null;
  }

  lastRevision(scope: Scope): number {
    return this.log.get(scope)?.at(-1)?.revision ?? 0;
  }

  transfersOf(user: string): TransferRow[] {
    return [...this.transfers.values()].filter((transfer) => transfer.user === user);
  }

  runningOf(user: string): TransferRow | undefined {
    return this.transfersOf(user).find(isRunning);
  }

  tombstonesOf(user: string): TombstoneRow[] {
    return [...this.tombstones.values()].filter((row) => row.user === user);
  }

  count(cluster: string, users: number, arriving: number): void {
    const row = this.clusters.get(cluster);
    if (row === undefined) throw new RangeError(`no cluster ${cluster}`);
    this.clusters.set(cluster, { ...row, users: row.users + users, arriving: row.arriving + arriving });
  }

  createUser(user: string, home: string, domains: readonly string[] = []): void {
    this.homes.set(user, home);
    this.count(home, 1, 0);
    const entries = domains.map((name) => ({ name, host: `app.${user}` }));
    this.domains.set(user, entries);
    const explicit: FeedWrite = { scope: "dns", key: `user/${user}`, value: { cluster: home } };
    this.append([
      { scope: "directory", key: `user/${user}`, value: { home } },
      ...(home === this.defaultCluster ? [] : [explicit]),
      ...entries.map(({ name, host }): FeedWrite => ({
        scope: `edge:${home}`,
        key: `domain/${name}`,
        value: { host },
      })),
    ]);
  }

  /** Whether a cluster takes users from now on. */
  setActive(cluster: string, active: boolean): void {
    const row = this.clusters.get(cluster);
    if (row !== undefined) this.clusters.set(cluster, { ...row, active });
  }

  /** Asks for a transfer, unless it would be refused. */
  request(user: string, destination: string, mode: Mode, evacuation?: string): void {
    const source = this.homes.get(user);
    if (source === undefined || source === destination || this.runningOf(user) !== undefined) return;
    if (this.clusters.get(destination)?.active !== true) return;
    const id = `transfer-${++this.created}`;
    const row = { id, user, source, destination, mode, barriers: {}, phaseSinceMs: this.clockMs, skipped: [] };
    this.transfers.set(id, { ...row, phase: "requested", ...(evacuation !== undefined && { evacuation }) });
    this.count(destination, 0, 1);
  }

  cancel(user: string): void {
    const running = this.runningOf(user);
    if (running === undefined || !(CANCELLABLE_PHASES as readonly Phase[]).includes(running.phase)) return;
    this.transfers.set(running.id, { outcome: "cancelled", ...running });
  }

  evacuate(source: string, destination: string, mode: Mode, rate: number, concurrency: number): void {
    if (source === destination || this.clusters.get(destination)?.active !== true) return;
    const id = `evacuation-${++this.created}`;
    this.evacuations.set(id, { id, state: "running", rate, concurrency });
    const users = [...this.homes.keys()].filter((user) => this.homes.get(user) === source);
    for (const user of users.sort(byHash)) this.request(user, destination, mode, id);
  }

  setEvacuation(id: string, state: "running" | "paused" | "aborting"): void {
    const row = this.evacuations.get(id);
    if (row === undefined || !["running", "paused"].includes(row.state)) return;
    this.evacuations.set(id, { ...row, state });
    if (state !== "aborting") return;
    for (const transfer of this.transfers.values()) {
      if (transfer.evacuation !== id || transfer.phase !== "requested") continue;
      this.transfers.set(transfer.id, { outcome: "the evacuation was aborted", ...transfer });
    }
  }

  /** Whether a host may start the user's containers: what GET /v1/residency answers. */
  mayRun(user: string, cluster: string): boolean {
    const stopping = this.transfersOf(user).some(({ phase, source }) => phase === "stopping" && source === cluster);
    return this.homes.get(user) === cluster && !stopping;
  }

  /** A node opens the feed. Of a new process nothing counts as applied yet but `acknowledged`. */
  connect(scope: Scope, name: string, incarnation: string, acknowledged = 0): void {
    const known = this.nodes.get(name);
    const before = known?.incarnation === incarnation ? known.appliedRevision : 0;
    const appliedRevision = Math.max(before, acknowledged);
    const row = { scope, name, incarnation, appliedRevision, connected: true, seenMs: this.clockMs };
    this.nodes.set(name, row);
  }

  /** What a node says of itself; of an earlier process of that name it does not count. */
  acknowledge(name: string, incarnation: string, revision: number): void {
    const known = this.nodes.get(name);
    if (known?.incarnation !== incarnation) return;
    known.appliedRevision = Math.max(known.appliedRevision, revision);
    known.seenMs = this.clockMs;
  }

  disconnect(name: string): void {
    const known = this.nodes.get(name);
    if (known !== undefined) known.connected = false;
  }

  forget(name: string): void {
    this.nodes.delete(name);
  }

  /** An edge of `holder` has had a request for the user. */
  noteRequest(user: string, holder: string): void {
    const row = this.tombstones.get(`${user} ${holder}`);
    if (row === undefined || (row.lastRequestMs ?? -Infinity) >= this.clockMs - RESOLUTION_MS) return;
    this.tombstones.set(`${user} ${holder}`, { ...row, lastRequestMs: this.clockMs });
  }
}

function byHash(a: string, b: string): number {
  const hash = (label: string) => createHash("md5").update(label).digest("hex");
  return hash(a) < hash(b) ? -1 : 1;
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

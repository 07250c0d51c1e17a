/** The driver's store in memory: one session of it, which can be interrupted between and within its operations. */
import type { Scope } from "../../../../../services/contracts/feed";
import { FINAL_PHASES, type Phase } from "../../../../../services/contracts/transfers";
import { LEASE_MS } from "../../../../../services/resolution/nodes/list";
import type { Barriers, Facts, Step, Surroundings } from "../../../../../services/resolution/transfers/facts";
import { NodesBehind } from "../../../../../services/resolution/transfers/nodes-behind";
import {
  BY_URGENCY,
  StepsRefused,
  type DueTransfer,
  type OpenEvacuation,
  type TransferStore,
} from "../../../../../services/resolution/transfers/store";
import { CLOCK_STEP_MS } from "../../../../../services/resolution/transfers/timings";
import { isRunning, type Tables, type TransferRow } from "./tables";

/**
 * Where an operation can be interrupted: before it begins; inside its transaction, between what was read and the commit; and before
 * the answer, when it has `written` steps or only `read`. To throw {@link SessionLost} there is to lose the connection.
 */
export type Interruption = (point: "before" | "inside" | "written" | "read") => void | Promise<void>;

/** The connection is lost, or its session has lost the lock, which is the same in PostgreSQL. */
export class SessionLost extends Error {
  override readonly name = "SessionLost";
}

export class MemoryTransferStore implements TransferStore {
  private advancedAt: number;

  /** Takes the lock: whatever an earlier session still has in hand comes too late. */
  constructor(
    private readonly tables: Tables,
    private readonly monotonicMs: () => number,
    private readonly interrupt: Interruption = () => undefined,
  ) {
    tables.leader = this;
    this.advancedAt = monotonicMs();
  }

  advanceClock(): Promise<number> {
    return this.operation(() => {
      this.tables.clockMs = this.nowMs();
      return this.tables.clockMs;
    });
  }

  /** Names more than are due. That the query in PostgreSQL leaves none out shows where both stores are compared. */
  due(_nowMs: number, except: readonly string[]): Promise<DueTransfer[]> {
    return this.operation(() =>
      [...this.tables.transfers.values()]
        .filter(({ id }) => !except.includes(id))
        .filter(({ phase, evacuation, outcome }) =>
          phase === "requested" ? evacuation === undefined || outcome !== undefined : !isFinal(phase),
        )
        .sort(byUrgency)
        .map(({ id, phase }) => ({ id, phase })),
    );
  }

  advance(
    phase: Phase,
    ids: readonly string[],
    decide: (facts: Facts, surroundings: Surroundings) => Step | undefined,
  ): Promise<number> {
    return this.operation(
      () => this.advanceNow(phase, ids, decide),
      (steps) => steps > 0,
    );
  }

  openEvacuations(): Promise<OpenEvacuation[]> {
    return this.operation(() =>
      [...this.tables.evacuations.values()]
        .filter(({ state }) => state !== "done" && state !== "aborted")
        .map(({ id, state, rate, concurrency }) => {
          const open = this.openTransfersOf(id);
          const queued = open.some(({ phase }) => phase === "requested");
          const underway = open.filter(({ phase }) => phase !== "requested").length;
          return { id, running: state === "running", rate, concurrency, underway, queued };
        }),
    );
  }

  queued(evacuation: string, limit: number, except: readonly string[]): Promise<string[]> {
    return this.operation(() =>
      this.openTransfersOf(evacuation)
        .filter(({ id, phase, outcome }) => phase === "requested" && outcome === undefined && !except.includes(id))
        .slice(0, limit)
        .map(({ id }) => id),
    );
  }

  endEvacuation(id: string): Promise<void> {
    return this.operation(() => {
      const row = this.tables.evacuations.get(id);
      if (row === undefined || this.openTransfersOf(id).length > 0) return;
      this.tables.evacuations.set(id, { ...row, state: row.state === "aborting" ? "aborted" : "done" });
    });
  }

  private async advanceNow(
    phase: Phase,
    ids: readonly string[],
    decide: (facts: Facts, surroundings: Surroundings) => Step | undefined,
  ): Promise<number> {
    const facts = ids.flatMap((id) => this.factsOf(id, phase));
    const nodes = [...this.tables.nodes.values()].map((node) => ({ ...node }));
    await this.interrupt("inside");
    this.requireLock();
    const nowMs = this.nowMs();
    const states = nodes.map((node) => ({ ...node, live: node.connected && node.seenMs > nowMs - LEASE_MS }));
    const liveScopes = states.filter(({ live }) => live).map(({ scope }) => scope);
    const { defaultCluster } = this.tables;
    const surroundings = { nowMs, nodes: new NodesBehind(states, liveScopes), defaultCluster };
    const steps = facts.flatMap((known) => {
      const step = decide(known, surroundings);
      return step === undefined ? [] : [{ id: known.transfer.id, step }];
    });
    this.refuseNegativeCounts(steps.map(({ step }) => step));
    this.tables.clockMs = nowMs;
    for (const { id, step } of steps) this.write(id, step);
    for (const { id, step } of steps) this.enterPhase(id, step);
    return steps.length;
  }

  private async operation<T>(work: () => T | Promise<T>, hasWritten: (result: T) => boolean = () => false): Promise<T> {
    await this.interrupt("before");
    this.requireLock();
    const result = await work();
    await this.interrupt(hasWritten(result) ? "written" : "read");
    return result;
  }

  private requireLock(): void {
    if (this.tables.leader !== this) throw new SessionLost("another session holds the lock");
  }

  /** The service clock if what has passed is added to it now. */
  private nowMs(): number {
    const now = this.monotonicMs();
    const passed = Math.min(CLOCK_STEP_MS, now - this.advancedAt);
    this.advancedAt = now;
    return this.tables.clockMs + passed;
  }

  private openTransfersOf(evacuation: string): TransferRow[] {
    return [...this.tables.transfers.values()].filter((row) => row.evacuation === evacuation && isRunning(row));
  }

  private factsOf(id: string, phase: Phase): Facts[] {
    const transfer = this.tables.transfers.get(id);
    if (transfer?.phase !== phase) return [];
    const others = this.tables.transfersOf(transfer.user).filter((other) => other.id !== id);
    return [
      {
        transfer,
        tombstones: this.tables.tombstonesOf(transfer.user),
        domains: this.tables.domains.get(transfer.user) ?? [],
        settling: others.filter((other) => other.phase === "settling").map((other) => other.id),
        moving: others.some(isRunning),
        destinationActive: this.tables.clusters.get(transfer.destination)?.active === true,
      },
    ];
  }

  /** A rule of the real tables. */
  private refuseNegativeCounts(steps: readonly Step[]): void {
    const changes = steps.flatMap(({ counts = [] }) => counts);
    for (const [cluster, row] of this.tables.clusters) {
      const own = changes.filter((change) => change.cluster === cluster);
      const users = own.reduce((sum, change) => sum + change.users, row.users);
      const arriving = own.reduce((sum, change) => sum + change.arriving, row.arriving);
      if (users < 0 || arriving < 0)
        throw new StepsRefused(`${cluster} would have ${users} users, ${arriving} arriving`);
    }
  }

  private write(id: string, { tombstones, supersedes = [], home, counts = [], feed }: Step): void {
    const { tables } = this;
    const { user } = this.rowOf(id);
    for (const holder of tombstones?.remove ?? []) tables.tombstones.delete(`${user} ${holder}`);
    for (const holder of tombstones?.point?.holders ?? []) {
      const known = tables.tombstones.get(`${user} ${holder}`) ?? { user, holder, transfer: id };
      const destination = tombstones?.point?.destination ?? "";
      tables.tombstones.set(`${user} ${holder}`, { ...known, destination });
    }
    if (tombstones?.adopt) {
      for (const row of tables.tombstonesOf(user))
        tables.tombstones.set(`${user} ${row.holder}`, { ...row, transfer: id });
    }
    for (const other of supersedes) {
      tables.transfers.set(other, { ...this.rowOf(other), phase: "superseded", phaseSinceMs: tables.clockMs });
    }
    if (home !== undefined) tables.homes.set(user, home);
    for (const { cluster, users, arriving } of counts) tables.count(cluster, users, arriving);
    tables.append(feed);
  }

  /** After all entries of the batch are written, as barriers are the last revisions of their scopes. */
  private enterPhase(id: string, step: Step): void {
    const row = this.rowOf(id);
    this.tables.transfers.set(id, {
      ...row,
      phase: step.phase,
      phaseSinceMs: step.phase === row.phase ? row.phaseSinceMs : this.tables.clockMs,
      barriers: step.awaits === undefined ? row.barriers : this.barriersOf(step.awaits),
      ...(step.publishedMs !== undefined && { publishedMs: step.publishedMs }),
      ...(step.outcome !== undefined && { outcome: step.outcome }),
      skipped: [...row.skipped, ...(step.skipped ?? [])],
    });
  }

  private barriersOf(awaits: readonly Scope[]): Barriers {
    return Object.fromEntries(awaits.map((scope) => [scope, this.tables.lastRevision(scope)]));
  }

  private rowOf(id: string): TransferRow {
    const row = this.tables.transfers.get(id);
    if (row === undefined) throw new RangeError(`no transfer ${id}`);
    return row;
  }
}

function byUrgency(a: TransferRow, b: TransferRow): number {
  const first = (row: TransferRow) => [
    Number(row.phase === "settling"),
    Number(row.evacuation !== undefined),
    (BY_URGENCY as readonly Phase[]).indexOf(row.phase),
    row.phaseSinceMs,
  ];
  const others = first(b);
  const difference = first(a).map((value, index) => value - (others[index] ?? 0));
  return difference.find((value) => value !== 0) ?? (a.user < b.user ? -1 : 1);
}

function isFinal(phase: Phase): boolean {
  return (FINAL_PHASES as readonly Phase[]).includes(phase);
}

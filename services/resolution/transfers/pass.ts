/**
 * One look at everything that is due, and every step that can be taken. Between two passes it keeps how much of its rate an
 * evacuation has used, and whose steps failed just now, and nothing else: whoever comes next goes on from the store alone.
 */
import type { Phase } from "../../contracts/transfers";
import { EvacuationRate } from "./evacuation-rate";
import type { Facts, Step, Surroundings } from "./facts";
import { decide } from "./machine";
import { SetAside } from "./set-aside";
import { BY_URGENCY, StepsRefused, type DueTransfer, type TransferStore } from "./store";
import { BATCH_SIZE, type TransferTimings } from "./timings";

/** What a pass tells of. */
export interface PassEvents {
  /** Every DNS node has published a transfer, this long after it was to. */
  onPublished?(seconds: number): void;
  /** A transfer's step cannot be decided, or breaks a rule of the store: it stays where it is, and others go on. */
  onStuck?(id: string, error: unknown): void;
}

export class TransferPass {
  private readonly rate = new EvacuationRate();
  private readonly stuck = new SetAside();
  private nowMs = 0;

  constructor(
    private readonly store: TransferStore,
    private readonly timings: TransferTimings,
    private readonly events: PassEvents = {},
  ) {}

  /** Takes the steps that are due, in batches, and returns how many. As long as there are some, more may be due at once. */
  async run(): Promise<number> {
    this.nowMs = await this.store.advanceClock();
    const due = await this.store.due(this.nowMs, this.stuck.ids(this.nowMs));
    let taken = 0;
    for (const [phase, ids] of byPhase(due)) taken += await this.advanceAll(phase, ids);
    return taken + (await this.evacuate());
  }

  private async advanceAll(phase: Phase, ids: readonly string[]): Promise<number> {
    let taken = 0;
    for (let first = 0; first < ids.length; first += BATCH_SIZE) {
      taken += await this.advance(phase, ids.slice(first, first + BATCH_SIZE));
    }
    return taken;
  }

  /** One batch; halved for as long as it holds a step that the store refuses, so that this one holds up no other. */
  private async advance(phase: Phase, ids: readonly string[]): Promise<number> {
    try {
      return await this.advanceTogether(phase, ids);
    } catch (error) {
      if (!(error instanceof StepsRefused)) throw error;
      const [id] = ids;
      if (ids.length === 1 && id !== undefined) return this.leave(id, error);
      const middle = Math.ceil(ids.length / 2);
      return (await this.advance(phase, ids.slice(0, middle))) + (await this.advance(phase, ids.slice(middle)));
    }
  }

  /** Leaves a transfer alone for a while. No step was taken. */
  private leave(id: string, error: unknown): 0 {
    this.stuck.add(id, this.nowMs);
    this.events.onStuck?.(id, error);
    return 0;
  }

  private async advanceTogether(phase: Phase, ids: readonly string[]): Promise<number> {
    const published = new Map<string, number>();
    const taken = await this.store.advance(phase, ids, (facts, surroundings) => {
      const step = this.decideOne(facts, surroundings);
      if (step?.publishedMs !== undefined) {
        published.set(facts.transfer.id, this.publishingSeconds(facts, step.publishedMs));
      }
      return step;
    });
    for (const seconds of published.values()) this.events.onPublished?.(seconds);
    return taken;
  }

  private decideOne(facts: Facts, surroundings: Surroundings): Step | undefined {
    try {
      return decide(facts, surroundings, this.timings);
    } catch (error) {
      this.leave(facts.transfer.id, error);
      return undefined;
    }
  }

  /** One that settles unpublished has spent the whole of the phase's deadline before. */
  private publishingSeconds({ transfer: { phase, phaseSinceMs } }: Facts, publishedMs: number): number {
    const before = phase === "settling" ? this.timings.phaseSeconds.publishing : 0;
    return before + (publishedMs - phaseSinceMs) / 1000;
  }

  /** Starts queued transfers as rate and concurrency allow, at most a batch of each evacuation: others are due as well. */
  private async evacuate(): Promise<number> {
    const evacuations = await this.store.openEvacuations();
    this.rate.keep(evacuations.map(({ id }) => id));
    let started = 0;
    for (const { id, running, rate, concurrency, underway, queued } of evacuations) {
      if (!queued && underway === 0) await this.store.endEvacuation(id);
      if (!running || !queued) continue;
      const room = Math.min(this.rate.allowance(id, rate, this.nowMs), concurrency - underway, BATCH_SIZE);
      if (room < 1) continue;
      const next = await this.store.queued(id, room, this.stuck.ids(this.nowMs));
      const startedNow = await this.advanceAll("requested", next);
      this.rate.use(id, startedNow);
      started += startedNow;
    }
    return started;
  }
}

function byPhase(due: readonly DueTransfer[]): (readonly [Phase, string[]])[] {
  const groups = BY_URGENCY.map((phase) => {
    const ids = due.filter((transfer) => transfer.phase === phase).map(({ id }) => id);
    return [phase, ids] as const;
  });
  return groups.filter(([, ids]) => ids.length > 0);
}

/** How many transfers of an evacuation may start now: its rate, saved up for a second at most, so no pause ends in a burst. */

/** Longest that unused allowance is saved up. */
const BURST_SECONDS = 1;

interface Allowance {
  readonly transfers: number;
  readonly sinceMs: number;
}

export class EvacuationRate {
  private readonly allowances = new Map<string, Allowance>();

  /** Whole transfers that may start; of an evacuation that is seen for the first time, one. Times are of the service clock. */
  allowance(id: string, rate: number, nowMs: number): number {
    const before = this.allowances.get(id) ?? { transfers: 1, sinceMs: nowMs };
    const earned = (rate * (nowMs - before.sinceMs)) / 1000;
    // A rate below one per second must be able to save up one.
    const most = Math.max(1, rate * BURST_SECONDS);
    const transfers = Math.min(most, before.transfers + earned);
    this.allowances.set(id, { transfers, sinceMs: nowMs });
    return Math.floor(transfers);
  }

  use(id: string, transfers: number): void {
    const before = this.allowances.get(id);
    if (before !== undefined) this.allowances.set(id, { ...before, transfers: before.transfers - transfers });
  }

  /** Forgets all others. */
  keep(ids: readonly string[]): void {
    for (const id of this.allowances.keys()) if (!ids.includes(id)) this.allowances.delete(id);
  }
}

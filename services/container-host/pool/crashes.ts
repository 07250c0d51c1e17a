/** How long an app that crashes is left alone. Pure but for the clock that it is given. */

/** An app that ran for this long is not one that cannot run. */
const STABLE_MS = 10_000;
const FIRST_MS = 1_000;
const MAX_MS = 60_000;

interface Record {
  readonly failures: number;
  readonly notBeforeMs: number;
  readonly reason: string;
}

export interface Crash {
  readonly reason: string;
  readonly hasStarted: boolean;
  readonly ranMs: number;
}

export class Crashes {
  private readonly records = new Map<string, Record>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The first crash of an app that ran is followed by a start at once: most are accidents. */
  add(key: string, { reason, hasStarted, ranMs }: Crash): void {
    const failures = ranMs >= STABLE_MS ? 1 : (this.records.get(key)?.failures ?? 0) + 1;
    const doublings = hasStarted ? failures - 2 : failures - 1;
    const waitMs = doublings < 0 ? 0 : Math.min(MAX_MS, FIRST_MS * 2 ** doublings);
    this.records.set(key, { failures, notBeforeMs: this.now() + waitMs, reason });
  }

  /** Why an app may not be started yet, and for how long; nothing where it may. */
  ban(key: string): { readonly reason: string; readonly waitMs: number } | undefined {
    const record = this.records.get(key);
    const waitMs = (record?.notBeforeMs ?? 0) - this.now();
    return record === undefined || waitMs <= 0 ? undefined : { reason: record.reason, waitMs };
  }

  /** Forgets apps whose crash is long ago. */
  prune(): void {
    const before = this.now() - STABLE_MS;
    for (const [key, { notBeforeMs }] of this.records) if (notBeforeMs < before) this.records.delete(key);
  }
}

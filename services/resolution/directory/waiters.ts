/** Those who wait for a revision, each for a bounded time. */

interface Waiter {
  readonly revision: number;
  readonly settle: (reached: boolean) => void;
}

export class Waiters {
  private readonly waiting = new Set<Waiter>();

  /** Resolves with true once the revision is reached, with false after `timeoutMs`. */
  wait(revision: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (reached: boolean) => {
        clearTimeout(timer);
        this.waiting.delete(waiter);
        resolve(reached);
      };
      const waiter = { revision, settle };
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.waiting.add(waiter);
    });
  }

  /** Tells all who wait for this revision or an earlier one. */
  reached(revision: number): void {
    for (const waiter of this.waiting) {
      if (waiter.revision <= revision) waiter.settle(true);
    }
  }
}

/** So much work at once and no more; the rest waits its turn. */

export class Slots {
  private readonly queue: (() => void)[] = [];

  constructor(private free: number) {}

  /** Runs `work` when it is its turn. The queue is as long as there are callers, so bound those. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
    try {
      return await work();
    } finally {
      // The slot is handed on rather than freed, so that nobody overtakes who waits.
      const next = this.queue.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}

/** Something that falls due again and again, at intervals that vary, so that nodes which started together do not do it together. */

/** Part of the interval by which it varies. */
const JITTER = 0.2;

export class Recurrence {
  private timer: NodeJS.Timeout | undefined;
  private due = false;

  constructor(
    private readonly seconds: number,
    private readonly onDue: () => void,
  ) {}

  /** Whether it is due; it is no more, once asked. */
  takeDue(): boolean {
    const { due } = this;
    this.due = false;
    return due;
  }

  /** Makes it due after an interval, or after a part of one. */
  schedule(part = 1): void {
    const jitter = 1 + JITTER * (2 * Math.random() - 1);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fallDue(), this.seconds * 1000 * part * jitter).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private fallDue(): void {
    this.due = true;
    this.onDue();
  }
}

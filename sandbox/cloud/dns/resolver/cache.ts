/** Values that are good for a while, and not more than so many of them. */

export class TtlCache<T> {
  private readonly entries = new Map<string, { readonly value: T; readonly until: number }>();

  /** @param now milliseconds of a clock that only goes forward. */
  constructor(
    private readonly maxEntries: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The value with the seconds that it is still good for, rounded up; undefined where there is none that is. */
  get(key: string): { readonly value: T; readonly seconds: number } | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    const left = entry.until - this.now();
    if (left > 0) return { value: entry.value, seconds: Math.ceil(left / 1000) };
    this.entries.delete(key);
    return undefined;
  }

  /** Keeps a value for so many seconds; what came first goes first where there are too many. */
  set(key: string, value: T, seconds: number): void {
    this.entries.delete(key);
    if (seconds <= 0) return;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size < this.maxEntries) break;
      this.entries.delete(oldest);
    }
    this.entries.set(key, { value, until: this.now() + seconds * 1000 });
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  get size(): number {
    return this.entries.size;
  }
}

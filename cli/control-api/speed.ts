/** Users moved per second, over the last while rather than from the beginning: that is what tells how long it will take. */

/** Long enough to even out batches, short enough to notice a change of pace. */
const WINDOW_MS = 30_000;

export class Speed {
  private readonly samples: { readonly at: number; readonly count: number }[] = [];

  /** Takes note of how many have moved at a time in milliseconds. */
  add(count: number, at = Date.now()): void {
    this.samples.push({ at, count });
    while ((this.samples[0]?.at ?? at) < at - WINDOW_MS) this.samples.shift();
  }

  /** Undefined until there are two counts with time between them. */
  get perSecond(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (first === undefined || last === undefined || last.at === first.at) return undefined;
    return ((last.count - first.count) / (last.at - first.at)) * 1000;
  }
}

/**
 * A map of up to millions of entries that changes a few at a time: a big base, and a small map of what has changed since, which
 * overrides it. Only the small one is rewritten with a change; when it has grown, it is folded into the base. Pure.
 */
import { NO_ENTRY } from "./files";

export type Entry = readonly [key: string, value: string];

export class OverlayMap {
  private recent: Map<string, string>;
  /** What is being folded into the base: not part of it yet, and overridden by what is more recent. */
  private folding: Map<string, string> | undefined;
  private count: number;

  /** @param recent values by key, NO_ENTRY for none; both maps are the overlay's own from now on. */
  constructor(
    private readonly base = new Map<string, string>(),
    recent = new Map<string, string>(),
  ) {
    this.recent = recent;
    this.count = sizeOf(base, recent);
  }

  get(key: string): string | undefined {
    const value = this.recent.get(key) ?? this.below(key);
    return value === NO_ENTRY ? undefined : value;
  }

  /** Sets a key's value, undefined for none. Returns whether it had another. */
  set(key: string, value: string | undefined): boolean {
    const before = this.get(key);
    if (before === value) return false;
    this.count += Number(value !== undefined) - Number(before !== undefined);
    const stored = value ?? NO_ENTRY;
    if ((this.below(key) ?? NO_ENTRY) === stored) this.recent.delete(key);
    else this.recent.set(key, stored);
    return true;
  }

  /** Makes this the same as another map, whose entries are gone through once or twice. Returns how many were others. */
  become(wanted: () => Iterable<Entry>): number {
    let changes = 0;
    let size = 0;
    for (const [key, value] of wanted()) {
      size++;
      if (this.set(key, value)) changes++;
    }
    if (size === this.size) return changes;
    const names = new Set<string>();
    for (const [key] of wanted()) names.add(key);
    for (const key of [...this.keys()]) if (!names.has(key) && this.set(key, undefined)) changes++;
    return changes;
  }

  /** How many entries there are. */
  get size(): number {
    return this.count;
  }

  /** The base as it is on disk and in HAProxy, unless a fold is under way. */
  get baseEntries(): ReadonlyMap<string, string> {
    return this.base;
  }

  /** What overrides the base. */
  overrides(): Map<string, string> {
    return this.folding === undefined ? new Map(this.recent) : new Map([...this.folding, ...this.recent]);
  }

  /** How many entries override the base and are not being folded into it. */
  get recentSize(): number {
    return this.recent.size;
  }

  /** Begins to fold what is recent into the base. It ends with {@link endFold} or {@link abortFold}. */
  beginFold(): void {
    if (this.folding !== undefined) throw new Error("a fold is under way");
    this.folding = this.recent;
    this.recent = new Map();
  }

  /** The base as it will be once the fold has ended. Changes may be made while it is gone through. */
  *folded(): Generator<Entry> {
    const folding = this.folding ?? new Map<string, string>();
    for (const entry of this.base) if (!folding.has(entry[0])) yield entry;
    for (const entry of folding) if (entry[1] !== NO_ENTRY) yield entry;
  }

  /** How many entries {@link folded} gives. */
  get foldedSize(): number {
    return sizeOf(this.base, this.folding ?? new Map());
  }

  /** The base then has its entries in the order in which {@link folded} gave them. */
  endFold(): void {
    for (const [key, value] of this.folding ?? []) {
      this.base.delete(key);
      if (value !== NO_ENTRY) this.base.set(key, value);
    }
    this.folding = undefined;
  }

  abortFold(): void {
    this.recent = this.overrides();
    this.folding = undefined;
  }

  private below(key: string): string | undefined {
    return this.folding?.get(key) ?? this.base.get(key);
  }

  private *keys(): Generator<string> {
    yield* this.base.keys();
    for (const key of this.folding?.keys() ?? []) if (!this.base.has(key)) yield key;
    for (const key of this.recent.keys()) if (!this.base.has(key) && this.folding?.has(key) !== true) yield key;
  }
}

/** How many entries a base has with what overrides it. */
function sizeOf(base: ReadonlyMap<string, string>, overrides: ReadonlyMap<string, string>): number {
  let size = base.size;
  for (const [key, value] of overrides) size += Number(value !== NO_ENTRY) - Number(base.has(key));
  return size;
}

/** One map, on disk and in HAProxy. */
import type { MapFiles, MapName } from "./files";
import { isIntact, readMapFile, writeMapFile } from "./map-file";
import { Mutex } from "./mutex";
import { OverlayMap, type Entry } from "./overlay-map";
import { Refused } from "./runtime/exchange";
import type { RuntimeApi } from "./runtime/runtime-api";

/**
 * Entries that override the base at most before they are folded into it. Rewriting so many takes some 20 ms, which every change
 * pays; a fold into a base of a million takes seconds of a core.
 */
export const FOLD_AT = 5_000;

/** The entries that a map is to have; those that it is known to have already need not be looked at closely. */
export type WantedEntries = (known?: Pick<OverlayMap, "get">) => Iterable<Entry>;

interface Digests {
  readonly base: string;
  readonly recent: string;
}

export class PublishedMap {
  /** Counts changes; what is published was made of one of them. */
  private wanted = 1;
  private published = 0;
  private folding = false;
  /** For the files, which are written and looked at one at a time. */
  private readonly disk = new Mutex();

  private constructor(
    readonly name: MapName,
    private readonly files: MapFiles,
    private readonly overlay: OverlayMap,
    private digests: Digests,
    private readonly foldAt: number,
  ) {}

  /**
   * Takes over what is on disk and makes it the map that is wanted, given what is known of it. HAProxy may start at any moment: it finds what was there before
   * or what is wanted, since the base is rewritten only where it cannot be used.
   */
  static async open(name: MapName, files: MapFiles, wanted: WantedEntries, foldAt = FOLD_AT): Promise<PublishedMap> {
    const base = await readMapFile(files.base);
    // Overrides of a base that is gone mean nothing.
    const recent = base && (await readMapFile(files.recent));
    const overlay = new OverlayMap(base?.map ?? new Map(wanted()), recent?.map);
    if (base !== undefined) overlay.become(() => wanted(overlay));
    const digests = {
      recent: await writeMapFile(files.recent, overlay.overrides()),
      base: base?.digest ?? (await writeMapFile(files.base, overlay.baseEntries)),
    };
    return new PublishedMap(name, files, overlay, digests, foldAt);
  }

  /** Sets a value, undefined for none; it is in force after the next {@link publish}. */
  set(key: string, value: string | undefined): void {
    if (this.overlay.set(key, value)) this.wanted++;
  }

  /** Makes it another map. Returns how many entries differed. */
  become(wanted: WantedEntries): number {
    const differences = this.overlay.become(() => wanted(this.overlay));
    if (differences > 0) this.wanted++;
    return differences;
  }

  get isPublished(): boolean {
    return this.published === this.wanted;
  }

  /** Puts what was set on disk, then in force in each of HAProxy's workers, and reads it back. */
  async publish(workers: readonly RuntimeApi[]): Promise<void> {
    const version = this.wanted;
    const overrides = this.overlay.overrides();
    await this.disk.run(async () => {
      this.digests = { ...this.digests, recent: await writeMapFile(this.files.recent, overrides) };
    });
    for (const worker of workers) {
      await worker.replaceMap(this.files.recent, overrides);
      const different = await compare(worker, this.files.recent, overrides);
      if (different > 0)
        throw new Refused(`${this.files.recent} was replaced; HAProxy has ${different} entries otherwise`);
    }
    this.published = version;
  }

  /** Writes the files again that are not as they were written. Returns whether there was one. */
  async repairFiles(): Promise<boolean> {
    return await this.disk.run(async () => {
      const { base, recent } = this.files;
      if ((await isIntact(base, this.digests.base)) && (await isIntact(recent, this.digests.recent))) return false;
      this.digests = {
        // Overrides of what is not in the base yet, or is already, do no harm.
        base: await writeMapFile(base, this.overlay.folded()),
        recent: await writeMapFile(recent, this.overlay.overrides()),
      };
      return true;
    });
  }

  /** Repairs the base in HAProxy; not during a fold. Returns how many entries it had otherwise: `whole` compares each, else their number. */
  async repairBase(worker: RuntimeApi, { whole }: { readonly whole: boolean }): Promise<number> {
    const { base } = this.files;
    const wanted = this.overlay.baseEntries;
    const differences = whole
      ? await compare(worker, base, wanted)
      : Math.abs(wanted.size - ((await worker.maps()).get(base)?.entries ?? 0));
    if (differences > 0) await this.publishFolded(worker);
    return differences;
  }

  /** How many overrides HAProxy has otherwise. If any, the next {@link publish} puts them right. */
  async distrustOverrides(worker: RuntimeApi): Promise<number> {
    if (!this.isPublished) return 0;
    const differences = await compare(worker, this.files.recent, this.overlay.overrides());
    if (differences > 0) this.wanted++;
    return differences;
  }

  get isFoldDue(): boolean {
    return !this.folding && this.overlay.recentSize > this.foldAt;
  }

  /**
   * Begins to fold what overrides the base into it, on disk. While a fold lasts changes may be published: what is being folded stays
   * among the overrides until the base is in force everywhere, so that at no moment a lookup finds anything else. Rejects where the
   * file cannot be written; nothing is begun then.
   */
  async beginFold(): Promise<void> {
    this.overlay.beginFold();
    try {
      await this.disk.run(async () => {
        this.digests = { ...this.digests, base: await writeMapFile(this.files.base, this.overlay.folded()) };
      });
    } catch (error) {
      this.overlay.abortFold();
      throw error;
    }
    this.folding = true;
  }

  /** Puts the base in force, as it is after a fold; to be repeated until it succeeds. */
  async publishFolded(worker: RuntimeApi): Promise<void> {
    const { base } = this.files;
    const version = await worker.replaceMap(base, this.overlay.folded());
    const size = this.overlay.foldedSize;
    const found = (await worker.maps()).get(base);
    if (found?.version === version && found.entries === size) return;
    throw new Refused(
      `${base} was replaced by ${size} entries, version ${version}; HAProxy has ${JSON.stringify(found)}`,
    );
  }

  /** Ends a fold that is in force everywhere; the next {@link publish} leaves out what was folded. */
  endFold(): void {
    if (!this.folding) return;
    this.overlay.endFold();
    this.folding = false;
    this.wanted++;
  }
}

/**
 * How many entries a map in HAProxy has otherwise: missing, surplus, repeated, or of another value. As long as they come in the order
 * that is wanted, which is that in which they were sent, nothing is kept of them.
 */
async function compare(worker: RuntimeApi, path: string, wanted: ReadonlyMap<string, string>): Promise<number> {
  const inOrder = wanted.entries();
  let missing: Set<string> | undefined;
  let seen = 0;
  let wrong = 0;
  await worker.readMap(path, (key, value) => {
    if (missing === undefined) {
      const next = inOrder.next().value;
      if (next?.[0] === key && next[1] === value) return void seen++;
      missing = new Set([...wanted.keys()].slice(seen));
    }
    if (!missing.delete(key) || wanted.get(key) !== value) wrong++;
  });
  return wrong + (missing?.size ?? wanted.size - seen);
}

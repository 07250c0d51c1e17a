/** The bases of maps: folds what has changed since into them, and compares them with HAProxy's. One at a time, beside other changes. */
import type { Log } from "../log";
import type { Attempts } from "./attempts";
import { Mutex } from "./mutex";
import type { PublishedMap } from "./published-map";
import type { Wanted } from "./wanted";
import type { Workers } from "./workers";

/** Before a fold that could not be begun is tried again. */
const RETRY_MS = 30_000;

export interface FoldingOptions {
  readonly wanted: Pick<Wanted, "maps">;
  readonly workers: Workers;
  readonly attempts: Attempts;
  /** Publishes what has changed. */
  readonly publish: () => Promise<void>;
  readonly log: Pick<Log, "info" | "warn">;
}

export class Folding {
  private readonly bases = new Mutex();
  private running: Promise<void> | undefined;
  private notBefore = 0;

  constructor(private readonly options: FoldingOptions) {}

  /** Resolves once no fold is running. */
  get ended(): Promise<void> {
    return this.running ?? Promise.resolve();
  }

  /** Begins to fold maps of which much has changed. A process that was replaced keeps its base: it is waited for. */
  beginWhereDue(): void {
    const { wanted, workers, log } = this.options;
    const isDue = wanted.maps.some(({ isFoldDue }) => isFoldDue);
    if (!isDue || workers.mayBeOld || this.running !== undefined || performance.now() < this.notBefore) return;
    this.running = this.foldDue()
      .catch((error: unknown) => {
        this.notBefore = performance.now() + RETRY_MS;
        log.warn({ err: error }, "a map was not folded; its changes stay beside it");
      })
      .finally(() => (this.running = undefined));
  }

  /** Compares bases with HAProxy's and repairs these. Returns how many entries differed. */
  async confirmBases(how: { readonly whole: boolean }): Promise<number> {
    const { wanted, workers } = this.options;
    return await this.bases.run(async () => {
      let repairs = 0;
      for (const map of wanted.maps) repairs += await map.repairBase(workers.current, how);
      return repairs;
    });
  }

  private async foldDue(): Promise<void> {
    for (const map of this.options.wanted.maps) {
      if (map.isFoldDue) await this.bases.run(() => this.fold(map));
    }
  }

  private async fold(map: PublishedMap): Promise<void> {
    const { workers, attempts, publish, log } = this.options;
    const start = performance.now();
    await map.beginFold();
    await attempts.at("folding a map", async () => {
      await map.publishFolded(workers.current);
      if ((await workers.all()).length > 1) throw new Error("a process that was replaced still has the old base");
    });
    map.endFold();
    await publish();
    log.info({ map: map.name, ms: Math.round(performance.now() - start) }, "folded a map");
  }
}

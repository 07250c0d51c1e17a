/** The files that HAProxy reads: written again where somebody else has changed them, or a disk has lost them, and told of. */
import type { Log } from "../log";
import type { Configuration, Parts } from "./configuration";
import type { Wanted } from "./wanted";

export interface FileRepairOptions {
  readonly wanted: Pick<Wanted, "repairFiles">;
  readonly configuration: Pick<Configuration, "repair">;
  /** What the configuration on disk is to be made of. */
  readonly parts: () => Parts;
  readonly log: Pick<Log, "error">;
}

export class FileRepair {
  constructor(private readonly options: FileRepairOptions) {}

  /** Looks at all of them. Returns how many were not as they were written; a map's two count as one. */
  async all(): Promise<number> {
    const { configuration, parts, wanted } = this.options;
    const isRepaired = await configuration.repair(parts());
    return this.tell([...(isRepaired ? ["configuration"] : []), ...(await wanted.repairFiles())]);
  }

  /** Those of maps alone: HAProxy takes half a map for a smaller one. */
  async maps(): Promise<number> {
    return this.tell(await this.options.wanted.repairFiles());
  }

  private tell(repaired: readonly string[]): number {
    if (repaired.length > 0)
      this.options.log.error({ repaired }, "files of HAProxy were not as they were written; now they are");
    return repaired.length;
  }
}

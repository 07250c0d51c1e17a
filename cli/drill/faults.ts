/** Faults in the local cloud, held for as long as a drill lasts. */
import { setTimeout as delay } from "node:timers/promises";
import type { LocalCloudClient } from "../../sandbox/cloud/client";
import { NO_FAULTS, type Faults, type Unit } from "../../sandbox/cloud/controller";
import { DrillError } from "./drill";
import type { Selection } from "./targets";

/** How often it is looked whether something has come up in place of what is down. */
const AGAIN_MS = 500;

type Client = Pick<LocalCloudClient, "units" | "faults" | "setFaults">;

export class HeldFaults {
  private selection: Selection | undefined;
  private faults: Faults = NO_FAULTS;
  private holding: Promise<void> | undefined;
  private readonly lifted = new AbortController();

  constructor(private readonly client: Client) {}

  /** Takes down what is chosen; returns it. Throws a {@link DrillError} where nothing is. */
  async kill(selection: Selection): Promise<readonly Unit[]> {
    const chosen = selection(await this.client.units());
    if (chosen.length === 0)
      throw new DrillError("nothing that runs is what this drill kills: see GET /units of the local cloud");
    this.selection = selection;
    await this.set({ ...this.faults, down: namesOf(chosen) });
    this.holding ??= this.hold();
    return chosen;
  }

  async partition(cluster: string): Promise<void> {
    await this.set({ ...this.faults, partitioned: [cluster] });
  }

  /** Puts all of it right; nothing happens where nothing is broken. */
  async lift(): Promise<void> {
    this.lifted.abort();
    await this.holding;
    if (this.faults === NO_FAULTS) return;
    await this.set(NO_FAULTS);
  }

  private async set(faults: Faults): Promise<void> {
    this.faults = faults;
    await this.client.setFaults(faults);
  }

  /** A group that heals itself would end the outage: machines that it makes are dead, too. */
  private async hold(): Promise<void> {
    while (!this.lifted.signal.aborted) {
      await delay(AGAIN_MS, undefined, { signal: this.lifted.signal }).catch(() => undefined);
      if (this.lifted.signal.aborted) return;
      await this.takeDownNew().catch(() => undefined);
    }
  }

  private async takeDownNew(): Promise<void> {
    const chosen = namesOf(this.selection?.(await this.client.units()) ?? []);
    const added = chosen.filter((name) => !this.faults.down.includes(name));
    if (added.length > 0 && !this.lifted.signal.aborted) {
      await this.set({ ...this.faults, down: [...this.faults.down, ...added] });
    }
  }
}

function namesOf(units: readonly Unit[]): string[] {
  return units.map(({ name }) => name).sort();
}

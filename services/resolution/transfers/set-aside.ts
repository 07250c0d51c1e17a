/** Transfers whose steps failed: left alone for a while, so that they hold nobody up who comes after them. */
import { STUCK_RETRY_MS } from "./timings";

export class SetAside {
  private readonly untilMs = new Map<string, number>();

  /** Leaves a transfer alone from now on; service clock. */
  add(id: string, nowMs: number): void {
    this.untilMs.set(id, nowMs + STUCK_RETRY_MS);
  }

  /** Those to be left alone now. The others are forgotten, and so tried again. */
  ids(nowMs: number): string[] {
    for (const [id, untilMs] of this.untilMs) if (untilMs <= nowMs) this.untilMs.delete(id);
    return [...this.untilMs.keys()];
  }
}

/**
 * The processes of HAProxy's that answer requests. After a reload the old one finishes what it has, and a connection that it had
 * accepted may still send it a request: what is in force must be so there, too.
 */
import type { Processes } from "./runtime/answers";
import { Unreachable } from "./runtime/exchange";
import type { Master } from "./runtime/master";
import type { RuntimeApi } from "./runtime/runtime-api";

/** What an old process may be late, in seconds. */
const MARGIN_SECONDS = 5;

export class Workers {
  /** When the last old one is gone at the latest. An agent that starts does not know of a reload just before. */
  private oldUntil: number;
  private areEnding = false;

  constructor(
    readonly current: RuntimeApi,
    private readonly master: Master,
    /** Seconds after which HAProxy ends those that were replaced. */
    private readonly stopSeconds: number,
  ) {
    this.oldUntil = this.whenGone();
  }

  /** Says that HAProxy is being reloaded. */
  reloading(): void {
    this.oldUntil = this.whenGone();
  }

  /**
   * Says that HAProxy is about to stop. It closes its runtime socket first, and answers on connections that it has taken for a while:
   * only through the master its processes are reached to the end.
   */
  ending(): void {
    this.areEnding = true;
  }

  /** Whether an old one may still be there. */
  get mayBeOld(): boolean {
    return performance.now() < this.oldUntil;
  }

  /** All of them, the one that takes connections first; none once HAProxy has stopped for good. */
  async all(): Promise<RuntimeApi[]> {
    if (this.areEnding) {
      const { workers, oldWorkers } = await this.master.processes().catch(noneIfGone);
      return [...workers, ...oldWorkers].map((pid) => this.master.worker(pid));
    }
    if (!this.mayBeOld) return [this.current];
    const { oldWorkers } = await this.master.processes();
    return [this.current, ...oldWorkers.map((pid) => this.master.worker(pid))];
  }

  private whenGone(): number {
    return performance.now() + (this.stopSeconds + MARGIN_SECONDS) * 1000;
  }
}

function noneIfGone(error: unknown): Pick<Processes, "workers" | "oldWorkers"> {
  if (error instanceof Unreachable && error.nobodyListens) return { workers: [], oldWorkers: [] };
  throw error;
}

/** Comparing what is served with the state: when the agent starts, and every so often from then on. */
import type { Driver } from "../driver";
import type { Log } from "../log";
import type { AgentMetrics } from "../metrics";
import type { DurableState } from "../state";
import { Recurrence } from "./recurrence";

export interface ReconciliationOptions {
  readonly driver: Driver;
  readonly state: DurableState;
  readonly reconcileSeconds: number;
  readonly log: Log;
  readonly metrics: AgentMetrics;
}

/** One that failed comes again after this part of the interval. */
const SOONER = 1 / 60;

export class Reconciliation {
  private readonly recurrence: Recurrence;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: ReconciliationOptions,
    onDue: () => void,
  ) {
    this.recurrence = new Recurrence(options.reconcileSeconds, onDue);
  }

  /** Whether it is time for another one. */
  takeDue(): boolean {
    return this.recurrence.takeDue();
  }

  /** Runs one now; the next follows by itself only once this has succeeded. */
  async run(): Promise<void> {
    const { driver, state, log, metrics } = this.options;
    const repairs = await driver.reconcile(state.entries);
    metrics.reconciled(repairs);
    if (repairs > 0) log.warn({ repairs }, "what was served differed from the state and was repaired");
    this.recurrence.schedule();
  }

  /** Begins one while changes go on being applied: with a large state it takes seconds. */
  begin(): void {
    const { log, metrics } = this.options;
    this.running = this.run().catch((error: unknown) => {
      metrics.failed();
      log.warn({ err: error }, "reconciliation failed; it is tried again soon");
      this.recurrence.schedule(SOONER);
    });
  }

  /** Begins no more; resolves once none is running, which the driver's end sees to. */
  async stop(): Promise<void> {
    await this.running;
    this.recurrence.stop();
  }
}

/** Asks an instance over and over how it is. */
import type { HealthCheck } from "./health-check";
import { observe, pauseAfter, UNPROBED, type Health, type ProbeResult } from "./health";

/** How often it is looked whether there is a health check by now. */
const WITHOUT_CHECK_SECONDS = 1;

export interface ProberOptions {
  /** The check as it is declared at the moment; undefined: nobody asks. */
  check(): HealthCheck | undefined;
  ask(check: HealthCheck): Promise<ProbeResult>;
  /** Called when the health is another than before, or ails from something else. */
  changed(health: Health): void;
}

export class Prober {
  private current = UNPROBED;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly options: ProberOptions) {}

  get health(): Health {
    return this.current;
  }

  start(): void {
    this.next(0);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private next(seconds: number): void {
    if (!this.stopped) this.timer = setTimeout(() => void this.probe(), seconds * 1000);
  }

  private async probe(): Promise<void> {
    const check = this.options.check();
    if (check === undefined) return this.next(WITHOUT_CHECK_SECONDS);
    const result = await this.options.ask(check).catch((error: unknown) => String(error));
    if (this.stopped) return;
    const before = this.current;
    this.current = observe(before, result, check);
    this.next(pauseAfter(this.current, check));
    if (before.verdict !== this.current.verdict || before.trouble !== result) this.options.changed(this.current);
  }
}

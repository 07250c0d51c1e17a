/** When a container that has ended is started again. Pure. */
import type { MachineSpec } from "../machine";

/** As Kubernetes has it: a wait of five minutes at most, and ten minutes of running that make earlier ends forgotten. */
const MAX_SECONDS = 300;
const STEADY_MS = 600_000;
/** A VM's systemd knows no shorter one by default, and without any a program that cannot start would use up a CPU. */
const LEAST_MS = 100;

export class Backoff {
  private failures = 0;

  constructor(
    private readonly kind: MachineSpec["kind"],
    private readonly seconds: number,
  ) {}

  /** Milliseconds to wait after a run that took so long. */
  next(ranMs: number): number {
    if (this.kind === "vm") return Math.max(LEAST_MS, this.seconds * 1000);
    if (ranMs >= STEADY_MS) this.failures = 0;
    const seconds = Math.min(this.seconds * 2 ** Math.min(this.failures++, 32), MAX_SECONDS);
    return Math.max(LEAST_MS, seconds * 1000);
  }

  /** Forgets what was: the machine is a new one. */
  reset(): void {
    this.failures = 0;
  }
}

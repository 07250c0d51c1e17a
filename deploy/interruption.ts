/** Ctrl-C and its kin: the first asks the engines to stop in good order, the second ends them. */
import type { EngineProcesses } from "./engine-process";
import { CancelledError } from "./errors";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class Interruption {
  /** A signal has come. */
  requested = false;

  constructor(
    private readonly processes: EngineProcesses,
    private readonly notify: (text: string) => void,
  ) {}

  /** Listens until the returned function is called. */
  listen(): () => void {
    const onSignal = (): void => this.onSignal();
    for (const name of SIGNALS) process.on(name, onSignal);
    return () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    };
  }

  /** Throws a {@link CancelledError} once a signal has come. */
  check(): void {
    if (this.requested) throw new CancelledError();
  }

  private onSignal(): void {
    if (this.requested) {
      this.notify("ending at once");
      void this.processes.terminate();
      return;
    }
    this.requested = true;
    this.notify("stopping after the steps that are under way; interrupt again to end at once");
    this.processes.interrupt();
  }
}

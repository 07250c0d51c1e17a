/** A container of a machine: one process, started again whenever it has ended. */
import type { ContainerSpec, ContainerState, MachineSpec } from "../machine";
import type { Ending, Processes, ProcessSpec, RunningProcess } from "../processes/processes";
import { Backoff } from "./backoff";

export interface ContainerOptions {
  readonly kind: MachineSpec["kind"];
  readonly spec: ContainerSpec;
  readonly processes: Pick<Processes, "start">;
  /** What is to be started; asked before each start. Rejects with what prevents one. */
  readonly command: () => Promise<ProcessSpec>;
  /** Called when it was started and when it has ended. */
  readonly onChange: () => void;
}

/** What is the matter with the container of a machine that is down. */
const DOWN = "its machine is down: a fault was injected";

export class Container {
  private readonly backoff: Backoff;
  private state: ContainerState["state"] = "waiting";
  private process: RunningProcess | undefined;
  private starts = 0;
  private startedAt: number | undefined;
  private trouble: string | undefined;
  private isDown = false;
  private isStopping = false;
  private running: Promise<void> | undefined;
  /** Ends a wait. */
  private wake: () => void = () => undefined;

  constructor(private readonly options: ContainerOptions) {
    this.backoff = new Backoff(options.kind, options.spec.restartSeconds);
  }

  get snapshot(): ContainerState {
    const { process, startedAt, trouble } = this;
    return {
      name: this.options.spec.name,
      state: this.state,
      ...(process !== undefined && { pid: process.pid }),
      restarts: Math.max(0, this.starts - 1),
      ...(startedAt !== undefined && { startedAt }),
      ...(trouble !== undefined && { trouble }),
    };
  }

  start(): void {
    this.running ??= this.keepRunning();
  }

  /** Ends what runs, if it does; it is started again as after any end. */
  async restart(): Promise<void> {
    await this.end();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake();
    await this.end();
    await this.running;
    this.state = "stopped";
    this.options.onChange();
  }

  /** Kills what runs, and starts nothing until the machine is up again. */
  setDown(isDown: boolean): void {
    if (this.isDown === isDown) return;
    this.isDown = isDown;
    if (isDown) {
      this.trouble = DOWN;
      void this.process?.kill();
    } else this.backoff.reset();
    this.wake();
  }

  private get mayRun(): boolean {
    return !this.isDown && !this.isStopping;
  }

  private async end(): Promise<void> {
    if (this.process === undefined) return;
    this.state = "stopping";
    await this.process.stop(this.options.spec.stopTimeoutSeconds * 1000);
  }

  private async keepRunning(): Promise<void> {
    while (!this.isStopping) {
      if (this.mayRun) {
        const ranMs = await this.runOnce();
        if (this.mayRun) await this.pause(this.backoff.next(ranMs));
      } else await this.pause();
    }
  }

  /** Milliseconds that it ran. */
  private async runOnce(): Promise<number> {
    const { processes, command, onChange } = this.options;
    try {
      const spec = await command();
      if (!this.mayRun) return 0;
      this.process = await processes.start(spec);
    } catch (error) {
      this.ended((error as Error).message);
      return 0;
    }
    this.starts++;
    this.startedAt = this.process.startedAt;
    this.state = "running";
    onChange();
    // It may have been told otherwise meanwhile.
    if (!this.mayRun) void this.process.kill();
    const ending: Ending = await this.process.ended;
    this.ended(ending.text);
    return Date.now() - this.startedAt;
  }

  private ended(because: string): void {
    this.process = undefined;
    this.state = "waiting";
    this.trouble = this.isDown ? DOWN : because;
    this.options.onChange();
  }

  /** Until something is to be done, or so long. */
  private async pause(ms?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}

/** A server of somebody else's that a controller keeps running, such as Knot and PostgreSQL. */
import type { Processes, ProcessSpec, RunningProcess } from "./processes/processes";

/** How a server is run: everything but its name is as for any process. */
export interface ServerSpec extends ProcessSpec {
  /** Milliseconds after which one that was asked to end is killed. */
  readonly stopTimeoutMs: number;
}

export class ServerProcess {
  private process: RunningProcess | undefined;
  /** Processes that have not ended, those that were asked to included. */
  private readonly alive = new Set<RunningProcess>();
  private ending: string | undefined;

  /** @param onEnd hears that the server has ended without having been asked to. */
  constructor(
    private readonly processes: Pick<Processes, "start">,
    readonly spec: ServerSpec,
    private readonly onEnd: () => void,
  ) {}

  /** Whether it runs, and has not been asked to end. */
  get running(): boolean {
    return this.process !== undefined;
  }

  get pids(): readonly number[] {
    return [...this.alive].map(({ pid }) => pid);
  }

  /** Why it ended last without having been asked to, such as `ended with code 1: <its last words>`. */
  get trouble(): string | undefined {
    return this.ending;
  }

  /** Starts it, unless it runs. */
  async start(): Promise<void> {
    if (this.process !== undefined) return;
    const started = await this.processes.start(this.spec);
    this.process = started;
    this.alive.add(started);
    void started.ended.then(({ text }) => {
      this.alive.delete(started);
      if (this.process !== started) return;
      this.process = undefined;
      this.ending = text;
      this.onEnd();
    });
  }

  /** Asks it to end, kills it if it takes too long, and resolves once nothing of it runs. */
  async stop(): Promise<void> {
    await this.forget()?.stop(this.spec.stopTimeoutMs);
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.forget()?.kill();
  }

  private forget(): RunningProcess | undefined {
    const { process } = this;
    this.process = undefined;
    return process;
  }
}

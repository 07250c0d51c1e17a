/** One start of one app, from its beginning until nothing of it runs. */
import { randomUUID } from "node:crypto";
import type { AppRuntime, AppSpec, RunningApp } from "../runtime/runtime";
import type { Journal } from "./journal";
import { Lease } from "./lease";

export type InstanceState = "starting" | "running" | "stopping" | "gone";

export interface InstanceOptions {
  readonly runtime: AppRuntime;
  readonly journal: Journal;
  /** Milliseconds for a start. */
  readonly startMs: number;
  /** Milliseconds for requests in flight to finish. */
  readonly drainMs: number;
  /** Milliseconds for the app to end by itself. */
  readonly stopMs: number;
}

export class Instance {
  readonly spec: AppSpec;
  /** Resolves when it has started, or will not. */
  readonly ready: Promise<void>;
  /** Resolves once nothing of it runs. */
  readonly gone: Promise<void>;
  /** When it was last of use to somebody. */
  idleSinceMs = performance.now();
  private current: InstanceState = "starting";
  private running: RunningApp | undefined;
  private readonly leases = new Set<Lease>();
  private readonly abort = new AbortController();
  private stopping: Promise<void> | undefined;
  private onEmpty: () => void = () => undefined;
  private readonly since = performance.now();
  private fault: string | undefined;

  /** Starts at once. */
  constructor(
    { user, app }: Pick<AppSpec, "user" | "app">,
    private readonly options: InstanceOptions,
  ) {
    this.spec = { user, app, startId: randomUUID() };
    const started = this.start();
    this.ready = started.then(() => undefined);
    this.gone = started.then((running) => this.live(running));
  }

  get state(): InstanceState {
    return this.current;
  }

  /** Requests and WebSockets that are under way. */
  get load(): number {
    return this.leases.size;
  }

  /** Why it ended by itself or did not start; nothing for one that was stopped. */
  get failure(): string | undefined {
    return this.fault;
  }

  get hasStarted(): boolean {
    return this.running !== undefined;
  }

  get ageMs(): number {
    return performance.now() - this.since;
  }

  /** Only of one that runs. */
  lease(): Lease {
    if (this.running === undefined || this.current !== "running") throw new Error(`the app is ${this.current}`);
    const { process, address } = this.running;
    const { startId } = this.spec;
    const lease = new Lease({ startId, process, address, gone: this.gone }, (done) => this.release(done));
    this.leases.add(lease);
    return lease;
  }

  /** Lets what is under way finish, in time, and ends it. Resolves once nothing of it runs. */
  async stop(reason: string): Promise<void> {
    if (this.current === "gone") return;
    this.stopping ??= this.end(reason);
    await this.stopping;
  }

  private async start(): Promise<RunningApp | undefined> {
    const { runtime, journal, startMs } = this.options;
    const timer = setTimeout(() => this.abort.abort(new Error(`not started within ${startMs} ms`)), startMs);
    journal.starting(this.spec);
    try {
      this.running = await runtime.start(this.spec, this.abort.signal);
      // It may have to stop by now.
      if (this.current === "starting") this.current = "running";
      journal.started(this.spec, this.running.process);
    } catch (error) {
      if (this.current === "starting") this.fault = messageOf(error);
      this.current = "gone";
      journal.stopped(this.spec, messageOf(error));
    } finally {
      clearTimeout(timer);
    }
    return this.running;
  }

  private async live(running: RunningApp | undefined): Promise<void> {
    if (running === undefined) return;
    const how = await running.ended;
    if (this.current === "running") this.fault = how;
    this.current = "gone";
    this.options.journal.stopped(this.spec, how);
    for (const lease of this.leases) lease.cutOff();
  }

  private async end(reason: string): Promise<void> {
    const { journal, stopMs } = this.options;
    this.current = "stopping";
    journal.stopping(this.spec, reason);
    this.abort.abort(new Error(`the user's apps stop: ${reason}`));
    await this.ready;
    if (this.running !== undefined) {
      await this.drain();
      await this.running.stop(stopMs);
    }
    await this.gone;
  }

  private async drain(): Promise<void> {
    for (const lease of this.leases) lease.retire();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.options.drainMs)));
    const empty = new Promise<void>((resolve) => (this.onEmpty = resolve));
    if (this.leases.size > 0) await Promise.race([empty, late, this.gone]);
    clearTimeout(timer);
    for (const lease of this.leases) lease.cutOff();
  }

  private release(lease: Lease): void {
    if (!this.leases.delete(lease)) return;
    this.idleSinceMs = performance.now();
    if (this.leases.size === 0) this.onEmpty();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

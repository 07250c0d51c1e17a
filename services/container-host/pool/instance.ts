/** One start of one app, from its beginning until nothing of it runs. */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
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

/** How an app is stopped. */
export interface StopOptions {
  /**
   * Whether requests may still come that were sent before anybody knew: it serves those, too, until none has come for a while, and
   * a start under way is finished for those who wait for it. Default: it takes no more.
   */
  readonly expectsMore?: boolean;
}

/**
 * No request may come for so many turns of so many milliseconds. Each turn reads what has arrived, so that a host whose
 * processor is busy waits accordingly longer.
 */
const QUIET_TURNS = 4;
const TURN_MS = 50;

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
  private takesLast = false;
  private leased = 0;
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

  /** Whether it is about to stop and still serves: at once, or when it has started. */
  get takesLastRequests(): "now" | "soon" | "no" {
    if (!this.takesLast || this.current === "gone") return "no";
    return this.running === undefined ? "soon" : "now";
  }

  /** Only of one that runs or takes its last requests. */
  lease(): Lease {
    const isOpen = this.current === "running" || this.takesLastRequests === "now";
    if (this.running === undefined || !isOpen) throw new Error(`the app is ${this.current}`);
    const { process, address } = this.running;
    const { startId } = this.spec;
    const lease = new Lease({ startId, process, address, gone: this.gone }, (done) => this.release(done));
    this.leases.add(lease);
    this.leased++;
    if (this.takesLast) lease.retire();
    return lease;
  }

  /** Lets what is under way finish, in time, and ends it. Resolves once nothing of it runs. */
  async stop(reason: string, options: StopOptions = {}): Promise<void> {
    if (this.current === "gone") return;
    this.stopping ??= this.end(reason, options);
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

  private async end(reason: string, { expectsMore = false }: StopOptions): Promise<void> {
    const { journal, stopMs } = this.options;
    this.current = "stopping";
    journal.stopping(this.spec, reason);
    this.takesLast = expectsMore;
    if (!expectsMore) this.abort.abort(new Error(`the user's apps stop: ${reason}`));
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
    await Promise.race([this.finished(), late, this.gone]);
    clearTimeout(timer);
    this.takesLast = false;
    for (const lease of this.leases) lease.cutOff();
  }

  /** Resolves once nothing is under way and, where more may come, nothing has come for a while. */
  private async finished(): Promise<void> {
    do {
      if (this.leases.size > 0) await new Promise<void>((resolve) => (this.onEmpty = resolve));
      if (this.takesLast) await this.quiet();
    } while (this.leases.size > 0);
  }

  private async quiet(): Promise<void> {
    let seen = this.leased;
    for (let turn = 0; turn < QUIET_TURNS && this.takesLast; turn++) {
      await delay(TURN_MS);
      if (this.leased !== seen) turn = -1;
      seen = this.leased;
    }
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

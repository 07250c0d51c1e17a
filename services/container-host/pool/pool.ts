/**
 * The apps that run on this host: started on demand, once for all who want them, and bounded in number; stopped when nobody has
 * wanted them for long, when room is needed, or when their user may not run here.
 *
 * It does not decide who may run. Whoever acquires an app has just been told so, in the same turn of the event loop.
 */
import type { HostedApp } from "../names";
import { Refusal } from "../refusal";
import { Crashes } from "./crashes";
import { Instance, type InstanceOptions, type StopOptions } from "./instance";
import type { Lease } from "./lease";

export interface PoolLimits {
  /** Apps that run, start or stop at once. */
  readonly apps: number;
  readonly appsPerUser: number;
  /** Requests and WebSockets of one app under way at once. */
  readonly requestsPerApp: number;
  /** Milliseconds without a request after which an app is stopped. */
  readonly idleMs: number;
}

/** An app to use, or what to wait for before another try. */
export type Acquisition = Lease | { readonly until: Promise<void> };

/** How often idle apps are looked for, at most and as part of the time that they may be idle. */
const MAX_SWEEP_MS = 30_000;
const SWEEP_PART = 0.25;
/** Seconds after which room may have been made. */
const FULL_RETRY_SECONDS = 5;

export class AppPool {
  private readonly instances = new Map<string, Instance>();
  private readonly ofUsers = new Map<string, Set<Instance>>();
  private readonly crashes = new Crashes();
  private readonly sweep: NodeJS.Timeout;
  /** Crashes and failed starts so far. */
  failures = 0;
  /** Starts so far. */
  starts = 0;

  constructor(
    private readonly limits: PoolLimits,
    private readonly options: InstanceOptions,
  ) {
    const sweepMs = Math.min(MAX_SWEEP_MS, Math.max(limits.idleMs * SWEEP_PART, 50));
    this.sweep = setInterval(() => this.stopIdle(), sweepMs).unref();
  }

  /** An app that runs, or is made to. Throws a Refusal where there is none to be had. */
  acquire(app: HostedApp): Acquisition {
    const instance = this.instances.get(keyOf(app));
    switch (instance?.state) {
      case "running":
        if (instance.load < this.limits.requestsPerApp) return instance.lease();
        throw new Refusal("busy", "too many requests of this app are under way", 1);
      case "starting":
        return { until: instance.ready };
      case "stopping":
      case "gone":
        return { until: instance.gone };
      case undefined:
        return { until: this.startUnlessFull(app) };
    }
  }

  /** What still serves a request that was sent here before its sender knew that the user leaves; nothing where it is too late. */
  acquireLast(app: HostedApp): Acquisition | undefined {
    const instance = this.instances.get(keyOf(app));
    switch (instance?.takesLastRequests) {
      case "now":
        return instance.lease();
      case "soon":
        return { until: instance.ready };
      case "no":
      case undefined:
        return undefined;
    }
  }

  /** Whether an app runs and can be acquired at once. */
  isRunning(app: HostedApp): boolean {
    return this.instances.get(keyOf(app))?.state === "running";
  }

  users(): string[] {
    return [...this.ofUsers.keys()];
  }

  has(user: string): boolean {
    return this.ofUsers.has(user);
  }

  /** Apps that run, start or stop. */
  get size(): number {
    return this.instances.size;
  }

  /** Requests and WebSockets under way. */
  get load(): number {
    return [...this.instances.values()].reduce((sum, { load }) => sum + load, 0);
  }

  /** Stops a user's apps, those that start included. Resolves once nothing of them runs. */
  async stop(user: string, reason: string, options?: StopOptions): Promise<void> {
    await Promise.all([...(this.ofUsers.get(user) ?? [])].map((instance) => instance.stop(reason, options)));
  }

  /** Stops all apps. Nobody may acquire any more. */
  async stopAll(reason: string): Promise<void> {
    clearInterval(this.sweep);
    await Promise.all([...this.instances.values()].map((instance) => instance.stop(reason)));
  }

  private startUnlessFull(app: HostedApp): Promise<void> {
    const ban = this.crashes.ban(keyOf(app));
    if (ban !== undefined) {
      throw new Refusal("crashed", `the app crashed: ${ban.reason}`, Math.ceil(ban.waitMs / 1000));
    }
    const own = this.ofUsers.get(app.user) ?? new Set<Instance>();
    if (own.size >= this.limits.appsPerUser) return this.makeRoom(own, "too many apps of this user run");
    if (this.instances.size >= this.limits.apps) return this.makeRoom(this.instances.values(), "the host is full");
    return this.start(app, own).ready;
  }

  private start(app: HostedApp, own: Set<Instance>): Instance {
    const instance = new Instance(app, this.options);
    this.starts++;
    this.instances.set(keyOf(app), instance);
    this.ofUsers.set(app.user, own.add(instance));
    void instance.gone.then(() => this.remove(instance, own));
    return instance;
  }

  /** Stops the app that nobody has wanted for longest. Throws a Refusal where all are in use. */
  private makeRoom(candidates: Iterable<Instance>, lack: string): Promise<void> {
    const all = [...candidates];
    const leaving = all.find(({ state }) => state === "stopping");
    const [victim] = all.filter(isIdle).sort((one, other) => one.idleSinceMs - other.idleSinceMs);
    const next = leaving ?? victim;
    if (next === undefined) throw new Refusal("full", lack, FULL_RETRY_SECONDS);
    if (next === victim) void victim.stop("room is needed");
    return next.gone;
  }

  private remove(instance: Instance, own: Set<Instance>): void {
    const { spec, failure: reason, hasStarted, ageMs: ranMs } = instance;
    this.instances.delete(keyOf(spec));
    own.delete(instance);
    if (own.size === 0) this.ofUsers.delete(spec.user);
    if (reason === undefined) return;
    this.failures++;
    this.crashes.add(keyOf(spec), { reason, hasStarted, ranMs });
  }

  private stopIdle(): void {
    const before = performance.now() - this.limits.idleMs;
    for (const instance of this.instances.values()) {
      if (isIdle(instance) && instance.idleSinceMs <= before) void instance.stop("idle");
    }
    this.crashes.prune();
  }
}

function isIdle({ state, load }: Instance): boolean {
  return state === "running" && load === 0;
}

function keyOf({ user, app }: HostedApp): string {
  return `${app}.${user}`;
}

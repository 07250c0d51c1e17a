/** Calls the controllers whenever something has changed, and tells those who wait for a resource how far it is. */
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "./context";
import { SETTLED, type Controller, type Records, type ResourceName, type Standing } from "./controller";
import { RecordsOfOnePass } from "./records";

/** Changes that come together make one pass. */
const GATHER_MS = 30;
/** A pass without any change: what failed is tried again. */
const IDLE_MS = 3_000;
/** How often waiting steps look anew: some of what they wait for wakes nobody. */
const LOOK_MS = 250;

/** The result of waiting for a resource. */
export type Outcome = { readonly settled: true } | { readonly settled: false; readonly because: string };

export class Reconciler {
  private stopped = false;
  private wakeUp: (() => void) | undefined;
  private requested = 0;
  private completed = 0;
  private readonly failures = new Map<Controller, string>();
  private running: Promise<void> | undefined;

  /** @param controllers in the order in which they are called: what others build on comes first. */
  constructor(
    private readonly controllers: readonly Controller[],
    private readonly records: Records,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Has a pass begin soon. */
  wake(): void {
    this.requested++;
    this.wakeUp?.();
  }

  /**
   * Waits until a resource that was just changed has settled, for so long at most. Resources that nobody's steps wait for have
   * settled at once.
   */
  async settle(resource: ResourceName, patienceMs: number): Promise<Outcome> {
    this.wake();
    const [controller] = this.controllers.filter(({ awaited }) => awaited.includes(resource.type));
    if (controller === undefined) return { settled: true };
    const pass = this.requested;
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const standing = this.completed < pass ? NOT_LOOKED : this.standing(controller, resource);
      if (standing.is === "settled") return { settled: true };
      if (standing.is === "failed") return { settled: false, because: standing.because };
      if (this.stopped) return { settled: false, because: "the local cloud was stopped" };
      if (Date.now() >= deadline) {
        return { settled: false, because: `not within ${Math.round(patienceMs / 1000)} s: ${standing.because}` };
      }
      await delay(LOOK_MS);
    }
  }

  /** Lets the pass under way end, and begins no other. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeUp?.();
    await this.running;
  }

  private standing(controller: Controller, resource: ResourceName): Standing {
    const failure = this.failures.get(controller);
    if (failure !== undefined) return { is: "pending", because: failure };
    return controller.standing(resource);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const pass = this.requested;
      await this.pass();
      this.completed = Math.max(this.completed, pass);
      if (this.requested === pass) await this.idle();
      else await delay(GATHER_MS);
    }
  }

  private async pass(): Promise<void> {
    const records = new RecordsOfOnePass(this.records);
    for (const controller of this.controllers) {
      if (this.stopped) return;
      await this.reconcile(controller, records);
    }
  }

  private async reconcile(controller: Controller, records: Records): Promise<void> {
    try {
      await controller.reconcile(records);
      this.failures.delete(controller);
    } catch (error) {
      const because = `${controller.name}: ${error instanceof Error ? error.message : String(error)}`;
      if (this.failures.get(controller) !== because) this.log.error({ err: error }, `${controller.name} cannot go on`);
      this.failures.set(controller, because);
    }
  }

  /** Until somebody wakes it, or for a while. */
  private async idle(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, IDLE_MS);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = undefined;
    if (!this.stopped) await delay(GATHER_MS);
  }
}

const NOT_LOOKED: Standing = { is: "pending", because: "the local cloud has not looked at it yet" };

/** Where several controllers know a part of the truth: the first that has not settled. */
export function worst(standings: readonly Standing[]): Standing {
  const failed = standings.find(({ is }) => is === "failed");
  return failed ?? standings.find(({ is }) => is === "pending") ?? SETTLED;
}

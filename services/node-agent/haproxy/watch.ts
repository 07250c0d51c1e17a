/** Looks at HAProxy every second: whether it answers, and whether it is still the same process. */
import { setTimeout as delay } from "node:timers/promises";
import type { Log } from "../log";
import { Refused, Unreachable } from "./runtime/exchange";
import type { RuntimeApi } from "./runtime/runtime-api";

export interface WatchOptions {
  readonly runtime: Pick<RuntimeApi, "pid">;
  readonly intervalMs: number;
  readonly log: Pick<Log, "info" | "warn">;
  /** HAProxy does not answer. */
  readonly onAway: () => Promise<void>;
  /** HAProxy answers as another process than before. */
  readonly onOther: () => Promise<void>;
  /** It was looked at. */
  readonly onTick: () => Promise<void>;
}

export class Watch {
  private readonly stopping = new AbortController();
  private pid: number | undefined;
  private isAway = false;
  private running: Promise<void> | undefined;
  private confirm: () => void = () => undefined;
  private readonly confirmed = new Promise<void>((resolve) => (this.confirm = resolve));

  constructor(private readonly options: WatchOptions) {}

  /** Begins to look. With `untilConfirmed` it resolves when HAProxy answers and {@link WatchOptions.onOther} has seen to it. */
  async start({ untilConfirmed }: { readonly untilConfirmed: boolean }): Promise<void> {
    this.running ??= this.run();
    if (untilConfirmed) await Promise.race([this.confirmed, this.running]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { intervalMs, log } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, "HAProxy could not be looked after; it is tried again");
      });
      await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const { runtime, log, onAway, onOther, onTick } = this.options;
    const pid = await runtime.pid().catch(unlessAway);
    if (pid === undefined) {
      if (!this.isAway) log.warn({ pid: this.pid }, "HAProxy does not answer");
      this.isAway = true;
      return await onAway();
    }
    if (pid !== this.pid) {
      log.info({ pid, before: this.pid }, "HAProxy answers as another process");
      await onOther();
      this.pid = pid;
      this.confirm();
    }
    this.isAway = false;
    await onTick();
  }
}

function unlessAway(error: unknown): undefined {
  if (error instanceof Unreachable || error instanceof Refused) return undefined;
  throw error;
}

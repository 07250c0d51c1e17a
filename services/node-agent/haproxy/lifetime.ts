/** HAProxy's beginning and end: the agent's to bring about in tests and in the sandbox; in production its container sees to both. */
import { setTimeout as delay } from "node:timers/promises";
import type { Attempts } from "./attempts";
import { STOP_COMMAND } from "./config";
import { Unreachable } from "./runtime/exchange";
import type { Master } from "./runtime/master";
import type { RuntimeApi } from "./runtime/runtime-api";
import { superviseHaproxy } from "./supervisor";
import type { Log } from "../log";
import type { Supervisor } from "../supervisor";

/** How often it is looked whether HAProxy has ended, in milliseconds. */
const POLL_MS = 250;

export interface LifetimeOptions {
  readonly directory: string;
  readonly runtime: RuntimeApi;
  readonly master: Master;
  readonly attempts: Attempts;
  readonly log: Log;
}

export class Lifetime {
  private supervisor: Supervisor | undefined;

  constructor(private readonly options: LifetimeOptions) {}

  /** The master process, where it is ours. */
  get pid(): number | undefined {
    return this.supervisor?.runningPid;
  }

  /** Has HAProxy run from now on, and resolves once it answers. `beforeStart` sees to the files that it reads. */
  async begin(executable: string, beforeStart: () => Promise<void>): Promise<void> {
    const { directory, master, attempts, log } = this.options;
    this.supervisor = superviseHaproxy(executable, directory, master, log, beforeStart);
    await this.supervisor.start(false);
    // A worker answers before its master does.
    await attempts.at("HAProxy's start", async () => void (await master.processes()));
  }

  /** Ends HAProxy where it is ours: health checks are told, then requests under way may finish. */
  async end(): Promise<void> {
    if (this.supervisor === undefined) return;
    await this.options.runtime.ask(STOP_COMMAND).catch(() => undefined);
    await this.supervisor.stop();
  }

  /** Waits for HAProxy's end, which it brings about where it is ours. Returns whether it came before the signal was aborted. */
  async over(signal: AbortSignal): Promise<boolean> {
    await this.end();
    while (!signal.aborted) {
      if (await this.isGone()) return true;
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
    return false;
  }

  /** A HAProxy that stops closes its own socket first, and one that reloads answers there while its master does not. */
  private async isGone(): Promise<boolean> {
    const { runtime, master } = this.options;
    const answers = await Promise.allSettled([runtime.pid(), master.processes()]);
    return answers.every((answer) => answer.status === "rejected" && isNobodyThere(answer.reason));
  }
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof Unreachable && error.nobodyListens;
}

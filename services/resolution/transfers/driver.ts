/**
 * Carries transfers out. Any number of replicas run one; the one whose connection holds the lock works, the others wait for it
 * to lose it. All of its transactions are on that very connection, so that a driver that has lost the lock can write no more.
 */
import type { ClientConfig } from "pg";
import { backoffMs, type Backoff } from "../../contracts/follow/backoff";
import { DriverSession } from "./driver-session";
import { TransferPass, type PassEvents } from "./pass";
import { PostgresTransferStore } from "./postgres-store";
import { WAKE_MS, type TransferTimings } from "./timings";
import { Wakeup } from "./wakeup";

/** Each replica asks for the lock this often, in milliseconds: the longest that transfers stand still after a leader's end. */
const TAKEOVER_MS = 500;
const RECONNECT: Backoff = { baseMs: 100, maxMs: 3_000 };

/** What the driver tells of itself; `pino` fits. */
export interface DriverLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Told of what happens, for metrics. */
export interface DriverHooks extends Pick<PassEvents, "onPublished"> {
  /** A look at all that was due, with the number of steps that were taken. */
  onPass?(steps: number, seconds: number): void;
  /** This replica carries transfers out from now on, or does no more. */
  onLeadership?(leading: boolean): void;
}

export class TransferDriver {
  /** Of the session under way. */
  private news = new Wakeup();
  private readonly end = new Wakeup();
  private running: Promise<void> | undefined;
  private stopping = false;
  private isLeading = false;

  constructor(
    private readonly config: ClientConfig,
    private readonly timings: TransferTimings,
    private readonly log: DriverLog,
    private readonly hooks: DriverHooks = {},
  ) {}

  get leading(): boolean {
    return this.isLeading;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Resolves when the pass under way, of a few batches at most, has ended and the lock is free. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.end.wake();
    this.news.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      try {
        await this.session(() => (failures = 0));
      } catch (error) {
        failures++;
        if (failures === 1) this.log.warn({ err: error }, "transfers stand still here: trying to go on");
      }
      await this.end.wait(backoffMs(failures, RECONNECT));
    }
  }

  /** One connection's life: waits for the lock, then works. */
  private async session(onWorking: () => void): Promise<void> {
    const news = (this.news = new Wakeup());
    const session = await DriverSession.open(this.config, () => news.wake());
    try {
      while (!this.stopping && !(await session.lead())) {
        onWorking();
        await news.wait(TAKEOVER_MS);
      }
      if (!this.stopping) await this.work(session, onWorking);
    } finally {
      this.setLeading(false);
      await session.close();
    }
  }

  private async work(session: DriverSession, onWorking: () => void): Promise<void> {
    this.setLeading(true);
    const store = new PostgresTransferStore(session.queries, this.timings);
    const pass = new TransferPass(store, this.timings, this.passEvents());
    while (!this.stopping) {
      const begin = performance.now();
      const steps = await pass.run();
      onWorking();
      this.hooks.onPass?.(steps, (performance.now() - begin) / 1000);
      if (steps === 0) await this.news.wait(WAKE_MS);
    }
  }

  private passEvents(): PassEvents {
    const told = new Set<string>();
    return {
      onPublished: (seconds) => this.hooks.onPublished?.(seconds),
      onStuck: (transfer, error) => {
        // It is tried again and again.
        if (!told.has(transfer)) this.log.warn({ transfer, err: error }, "a transfer is stuck: see the error's cause");
        told.add(transfer);
      },
    };
  }

  private setLeading(leading: boolean): void {
    if (this.isLeading === leading) return;
    this.isLeading = leading;
    this.log.info(
      { leading },
      leading ? "this replica carries out transfers" : "this replica carries out no transfers",
    );
    this.hooks.onLeadership?.(leading);
  }
}

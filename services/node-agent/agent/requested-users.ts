/** Asks an edge's driver every so often who was asked for that lives elsewhere: their tombstones are still of use. */
import { REPORT_SECONDS } from "../../contracts/feed";
import type { Driver } from "../driver";
import type { Log } from "../log";

/** Often enough beside the minutes of quiet that end a tombstone. */
const INTERVAL_MS = REPORT_SECONDS * 1000;

/** Where users are told of. */
export interface Reports {
  /** Whether they can be: until then the driver keeps them. */
  isPossible(): boolean;
  send(users: readonly string[]): void;
}

export interface RequestedUsersOptions {
  readonly driver: Pick<Driver, "requested">;
  readonly log: Pick<Log, "warn">;
  /** Default {@link INTERVAL_MS}. */
  readonly requestedMs?: number;
}

export class RequestedUsers {
  private timer: NodeJS.Timeout | undefined;
  private asking: Promise<void> | undefined;
  private isFailing = false;

  constructor(
    private readonly options: RequestedUsersOptions,
    private readonly reports: Reports,
  ) {}

  /** Begins to ask, where the driver can tell. */
  start(): void {
    if (this.options.driver.requested === undefined) return;
    this.timer ??= setInterval(() => {
      if (this.reports.isPossible()) this.asking ??= this.ask().finally(() => (this.asking = undefined));
    }, this.options.requestedMs ?? INTERVAL_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.asking;
  }

  private async ask(): Promise<void> {
    const { driver, log } = this.options;
    try {
      const users = (await driver.requested?.()) ?? [];
      this.isFailing = false;
      if (users.length > 0) this.reports.send(users);
    } catch (error) {
      // What was counted is not lost, but told later.
      if (!this.isFailing) log.warn({ err: error }, "the driver cannot tell which users were asked for");
      this.isFailing = true;
    }
  }
}

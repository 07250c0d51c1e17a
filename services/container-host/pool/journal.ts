/**
 * When apps ran: a line at the beginning and at the end of each, by which anybody can tell afterwards that no user's apps ran in
 * two places. An app may run from `app starting` until `app stopped`.
 */
import type { Log } from "../../node-agent/log";
import type { AppSpec } from "../runtime/runtime";

export class Journal {
  constructor(private readonly log: Log) {}

  starting(app: AppSpec): void {
    this.write("app starting", app);
  }

  started(app: AppSpec, process: string): void {
    this.write("app started", app, { process });
  }

  stopping(app: AppSpec, reason: string): void {
    this.write("app stopping", app, { reason });
  }

  stopped(app: AppSpec, how: string): void {
    this.write("app stopped", app, { how });
  }

  /** The monotonic clock is the machine's: lines of several processes on it compare, however the wall clock jumps. */
  private write(message: string, { user, app, startId }: AppSpec, more: object = {}): void {
    const monotonicMs = Number(process.hrtime.bigint() / 1000n) / 1000;
    this.log.info({ user, app, startId, ...more, monotonicMs, at: new Date().toISOString() }, message);
  }
}

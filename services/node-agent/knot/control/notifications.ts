/**
 * Keeps updates from waiting for the NOTIFY that Knot plans after each commit.
 *
 * Knot 3.2 plans it for the next full second, also where there is nobody to notify, and gets to it up to a second after that second
 * has begun. An update that comes in between is planned for the same second, which does not move the zone's timer, and so waits for
 * it: one in eight of updates that come one at a time, for up to a second. No setting changes that, but `zone-notify` has Knot look at
 * once at what is planned. It goes out with each update: should it come first, it leaves no NOTIFY to wait for.
 */
import type { Log } from "../settings";
import { sendCommand } from "./command";

/** Milliseconds until Knot is waited for no longer. It takes one, unless it serves another client of the socket. */
const TIMEOUT_MS = 2_000;

export interface NotificationOptions {
  readonly controlSocket: string;
  readonly zone: string;
  /** Default {@link TIMEOUT_MS}. */
  readonly timeoutMs?: number;
  readonly log: Pick<Log, "warn">;
}

export class Notifications {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private isDue = false;
  private failures = 0;

  constructor(private readonly options: NotificationOptions) {}

  /** To be called with each update. Nobody waits for it: one command is under way at a time, and the next serves all that came since. */
  expedite(): void {
    if (this.stopping.signal.aborted) return;
    this.isDue = true;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  /** Resolves when no command is under way. */
  async idle(): Promise<void> {
    await this.running;
  }

  /** The same, and none is sent any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.idle();
  }

  private async run(): Promise<void> {
    while (this.isDue && !this.stopping.signal.aborted) {
      this.isDue = false;
      await this.notify();
    }
  }

  /** It is not tried again: the next update does that, and all that is lost is this one's time. */
  private async notify(): Promise<void> {
    const { controlSocket, zone, timeoutMs = TIMEOUT_MS, log } = this.options;
    try {
      await sendCommand(controlSocket, "zone-notify", zone, timeoutMs, this.stopping.signal);
      this.failures = 0;
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      this.failures++;
      if (Number.isInteger(Math.log2(this.failures)))
        log.warn(
          { failures: this.failures, error: String(error) },
          "Knot takes no commands: it may publish changes a second later",
        );
    }
  }
}

/** A request's or WebSocket's hold on an app: while there is one, the app is not stopped unless it must be. */
import type { AppAddress } from "../runtime/runtime";

export interface LeasedApp {
  readonly startId: string;
  readonly process: string;
  readonly address: AppAddress;
  /** Resolves once nothing of it runs. */
  readonly gone: Promise<void>;
}

const NOTHING = () => undefined;

export class Lease {
  private isRetired = false;
  private endWhenRetired: () => void = NOTHING;
  private cut: () => void = NOTHING;

  constructor(
    readonly app: LeasedApp,
    private readonly onRelease: (lease: Lease) => void,
  ) {}

  /** What ends a connection that would not end by itself: called when the app is about to be stopped, or at once if it is. */
  onRetire(end: () => void): void {
    this.endWhenRetired = end;
    if (this.isRetired) end();
  }

  /** What cuts the connection off: called when the time for ending has passed, or when the app has ended by itself. */
  onCut(cut: () => void): void {
    this.cut = cut;
  }

  /** The connection is over. Safe to call twice. */
  release(): void {
    this.onRelease(this);
  }

  /** For the app's owner. */
  retire(): void {
    this.isRetired = true;
    this.endWhenRetired();
  }

  /** For the app's owner. */
  cutOff(): void {
    this.cut();
  }
}

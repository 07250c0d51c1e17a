/** An open WebSocket: octets both ways, and an end between two frames when the app has to stop. */
import type { Duplex } from "node:stream";
import { closeFrame, FrameTracker } from "./frames";

/** "Service restart" (IANA registry of RFC 6455): the client is to open it again, and finds the app where it lives then. */
export const SERVICE_RESTART = 1012;
/** Milliseconds for the frame that is under way to end. */
const FRAME_MS = 5_000;
/** Milliseconds for the other side to close when one side has. */
const LINGER_MS = 2_000;

export class WebSocketPipe {
  private readonly tracker = new FrameTracker();
  private isClosing = false;
  private isFinished = false;
  private readonly timers: NodeJS.Timeout[] = [];

  /** `clientHead`, `appHead`: what came of each side together with the handshake. */
  constructor(
    private readonly client: Duplex,
    clientHead: Buffer,
    private readonly app: Duplex,
    appHead: Buffer,
  ) {
    if (clientHead.length > 0) app.write(clientHead);
    client.pipe(app);
    app.on("data", (octets: Buffer) => this.passToClient(octets));
    app.on("end", () => this.finish());
    client.on("drain", () => app.resume());
    for (const side of [client, app]) {
      side.on("error", () => this.destroy());
      side.once("close", () => this.linger());
    }
    client.once("end", () => this.linger());
    if (appHead.length > 0) this.passToClient(appHead);
  }

  /** Ends it with a close frame of status 1012, unless the app has ended it already. */
  close(): void {
    if (this.isClosing || this.isFinished) return;
    this.isClosing = true;
    if (this.tracker.isAtBoundary) this.finish();
    else this.after(FRAME_MS, () => this.destroy());
  }

  destroy(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.client.destroy();
    this.app.destroy();
  }

  private passToClient(octets: Buffer): void {
    if (this.isFinished) return;
    const passed = this.tracker.advance(octets, { toBoundary: this.isClosing });
    if (!this.client.write(octets.subarray(0, passed))) this.app.pause();
    if (this.isClosing && this.tracker.isAtBoundary) this.finish();
  }

  /** Nothing more goes to the client. What it still sends goes nowhere once its app is to stop. */
  private finish(): void {
    if (this.isFinished) return;
    this.isFinished = true;
    const mayClose = this.isClosing && this.tracker.isAtBoundary && !this.tracker.hasClosed;
    this.client.end(mayClose ? closeFrame(SERVICE_RESTART) : undefined);
    if (this.isClosing) {
      this.client.unpipe(this.app);
      this.client.resume();
      this.app.destroy();
    }
    this.linger();
  }

  private linger(): void {
    this.after(LINGER_MS, () => this.destroy());
  }

  private after(ms: number, action: () => void): void {
    this.timers.push(setTimeout(action, ms).unref());
  }
}

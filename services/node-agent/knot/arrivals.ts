/** Messages of a stream, taken off it as fast as they come, whatever time their reader takes. */
import type { Socket } from "node:net";
import { setImmediate as othersTurn } from "node:timers/promises";
import { ConnectionLost } from "./connection";
import { FrameReader } from "./wire/frames";

/** The messages up to the stream's end. After each the process does other work, of which taking more off the stream is a part. */
export async function* messagesOf(socket: Socket): AsyncGenerator<Buffer> {
  const arriving = new Arriving(socket);
  for (;;) {
    const message = await arriving.next();
    if (message === undefined) return;
    yield message;
    await othersTurn();
  }
}

/** Messages that have come and have not been looked at. Nothing bounds them but what the other side sends. */
class Arriving {
  private readonly frames = new FrameReader();
  private messages: Buffer[] = [];
  private taken = 0;
  private ended = false;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.messages.push(...this.frames.push(chunk));
      this.wake();
    });
    socket.on("error", (error) => {
      this.failure = error;
      this.end();
    });
    socket.on("close", () => this.end());
  }

  /** The next one; nothing after the stream's end. What broke off the stream is thrown after all that came before. */
  async next(): Promise<Buffer | undefined> {
    while (this.taken === this.messages.length) {
      if (this.failure !== undefined) throw new ConnectionLost(`the transfer broke off: ${String(this.failure)}`);
      if (this.ended) return undefined;
      this.messages = [];
      this.taken = 0;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.messages[this.taken++];
  }

  private end(): void {
    this.ended = true;
    this.wake();
  }
}

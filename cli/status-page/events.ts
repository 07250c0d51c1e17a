/** Pushes what is known to the browsers that watch, as server-sent events. */
import type { ServerResponse } from "node:http";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Poller, View } from "./poller";
import type { Snapshot } from "./snapshot";

/** Most browsers at once; more is a mistake of somebody's. */
const MOST_VIEWERS = 32;
/** How old the picture is, is told at least this often: a page that hears nothing for longer has lost its server. */
const BEAT_MS = 5_000;
/** A browser that does not read is let go; it comes back when it does. */
const UNREAD_BYTES = 4 * 1024 * 1024;

/** Longest that the command waits for browsers when it ends. */
const FAREWELL_MS = 1_000;

/** How good the picture is. */
interface State {
  /** None before the first picture. */
  readonly ageMs?: number;
  /** None while the control API answers. */
  readonly away?: { readonly forMs: number; readonly message: string };
}

/**
 * Events: `picture` is a {@link Snapshot}, sent when it has changed; `state` is a {@link State} and follows each look; `end` says
 * that the command has ended.
 */
export class EventStream {
  /** What each browser has been sent of the picture. */
  private readonly viewers = new Map<ServerResponse, string>();
  private made: { readonly of: Snapshot; readonly json: string } | undefined;
  private stopWatching: (() => void) | undefined;
  private readonly beat: NodeJS.Timeout;

  constructor(private readonly poller: Poller<Snapshot>) {
    this.beat = setInterval(() => this.tellAll(), BEAT_MS);
    this.beat.unref();
  }

  get isFull(): boolean {
    return this.viewers.size >= MOST_VIEWERS;
  }

  /** Serves one browser until it goes away. The response's head has been written. */
  add(response: ServerResponse): void {
    this.viewers.set(response, "");
    response.once("close", () => this.remove(response));
    // Milliseconds until a browser comes back that has lost the connection.
    response.write("retry: 1000\n\n");
    this.tell(response, "");
    this.stopWatching ??= this.poller.watch(() => this.tellAll());
  }

  /** Tells everybody that there will be no more. Resolves when that is sent; whoever does not read it is not waited for. */
  async stop(): Promise<void> {
    clearInterval(this.beat);
    const sent = Array.from(this.viewers.keys(), (response) => {
      response.end(message("end", "{}"));
      return finished(response, { readable: false }).catch(() => undefined);
    });
    await Promise.race([Promise.all(sent), delay(FAREWELL_MS, undefined, { ref: false })]);
  }

  private remove(response: ServerResponse): void {
    this.viewers.delete(response);
    if (this.viewers.size > 0) return;
    this.stopWatching?.();
    this.stopWatching = undefined;
  }

  private tellAll(): void {
    for (const [response, sent] of this.viewers) this.tell(response, sent);
  }

  private tell(response: ServerResponse, sent: string): void {
    if (response.writableLength > UNREAD_BYTES) {
      response.destroy();
      return;
    }
    const { view } = this.poller;
    const picture = this.jsonOf(view);
    response.write(
      (picture === sent ? "" : message("picture", picture)) + message("state", JSON.stringify(stateOf(view))),
    );
    this.viewers.set(response, picture);
  }

  /** The picture as text, made once for all. */
  private jsonOf({ picture }: View<Snapshot>): string {
    if (picture === undefined) return "";
    if (this.made?.of !== picture.value) this.made = { of: picture.value, json: JSON.stringify(picture.value) };
    return this.made.json;
  }
}

function stateOf({ picture, away }: View<Snapshot>): State {
  const now = performance.now();
  return {
    ...(picture && { ageMs: now - picture.takenAt }),
    ...(away && { away: { forMs: now - away.since, message: away.message } }),
  };
}

function message(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

/** A request that no app gets to see. */

/** Why; it is in the log, in the metrics and in the body of the answer. */
export type RefusalReason =
  /** It names no app of this zone: it came to a host by mistake. */
  | "no-app"
  | "starting"
  | "draining"
  | "leaving"
  | "elsewhere"
  | "unknown-user"
  /** The user did not become resident, or the app did not start, in the time that a request may wait. */
  | "held-too-long"
  /** As many requests wait as may. */
  | "too-many-held"
  /** No room for another app on the host, or for another one of the user's. */
  | "full"
  /** As many requests of the app are under way as may be. */
  | "busy"
  /** It did not start, or keeps crashing, and is not started again yet. */
  | "crashed"
  /** It ended, or did not answer with HTTP. */
  | "failed"
  | "bad-request"
  | "not-implemented";

const STATUS: Readonly<Record<RefusalReason, number>> = {
  "no-app": 421,
  starting: 503,
  draining: 503,
  leaving: 503,
  elsewhere: 503,
  "unknown-user": 404,
  "held-too-long": 503,
  "too-many-held": 503,
  full: 503,
  busy: 503,
  crashed: 502,
  failed: 502,
  "bad-request": 400,
  "not-implemented": 501,
};

export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly reason: RefusalReason,
    /** For the client: what is the matter. */
    message: string,
    /** Seconds after which another try may succeed; nothing where none will. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }

  get status(): number {
    return STATUS[this.reason];
  }
}

/** Asking the control API whether a user's apps may run here. */
import { setTimeout as delay } from "node:timers/promises";
import type { ControlApi } from "../../contracts/client";
import { Problem, type ProblemType } from "../../contracts/problems";
import type { Log } from "../../node-agent/log";
import type { Verdict } from "./standing";

/** Milliseconds for an answer, the token included: somebody waits for it, and the host goes on without it. */
export const QUESTION_MS = 2_000;
/** Milliseconds for which a control API that did not answer is not asked again, so that requests do not wait for it one by one. */
const AWAY_MS = 3_000;
/** Questions at once; further ones wait, and count as unanswered when they have waited for too long. */
const QUESTIONS_AT_ONCE = 32;
/** Refusals that say that there is no such user. Any other says nothing of the user. */
const NO_SUCH_USER: readonly ProblemType[] = ["unknown-user", "invalid-label", "reserved-label"];

export class Confirmation {
  private awayUntil = -Infinity;
  private asking = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly api: Pick<ControlApi, "getResidency">,
    private readonly log: Log,
  ) {}

  /** Never rejects; `unanswered` where the API is away. */
  async ask(user: string): Promise<Verdict> {
    const abort = new AbortController();
    const late = delay(QUESTION_MS, "late" as const, { signal: abort.signal }).catch(() => "late" as const);
    try {
      const verdict = await Promise.race([this.askInTurn(user, abort.signal), late]);
      if (verdict !== "late") return verdict;
      this.away(new Error(`no answer within ${QUESTION_MS} ms`));
      return "unanswered";
    } finally {
      abort.abort();
    }
  }

  private async askInTurn(user: string, signal: AbortSignal): Promise<Verdict> {
    if (this.asking >= QUESTIONS_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.asking++;
    try {
      return signal.aborted ? "unanswered" : await this.askNow(user);
    } finally {
      this.asking--;
      this.waiting.shift()?.();
    }
  }

  private async askNow(user: string): Promise<Verdict> {
    if (performance.now() < this.awayUntil) return "unanswered";
    try {
      const { resident } = await this.api.getResidency(user);
      return resident ? "resident" : "elsewhere";
    } catch (error) {
      if (error instanceof Problem && NO_SUCH_USER.includes(error.type)) return "unknown";
      this.away(error);
      return "unanswered";
    }
  }

  private away(error: unknown): void {
    if (performance.now() >= this.awayUntil) {
      this.log.warn({ err: error }, "the control API does not say where users live; apps start without its word");
    }
    this.awayUntil = performance.now() + AWAY_MS;
  }
}

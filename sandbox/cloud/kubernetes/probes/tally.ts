/** What the answers to one probe add up to. Pure: it is told the time. */
import type { ProbeKind, ProbePlan } from "../pods/pod-plan";
import type { Answer } from "./ask";

/** A probe that has not succeeded yet is asked this often, if it is not asked more often anyway: a sandbox is to start fast. */
const EAGER_MS = 1_000;

export class ProbeTally {
  private askedAt: number | undefined;
  private countedAt: number | undefined;
  private succeeded = false;
  private successes = 0;
  private failures = 0;
  /** Why it failed last; undefined while it succeeds, or before the first answer. */
  because: string | undefined;
  /** What the thresholds say; undefined until one is reached. */
  verdict: "passed" | "failed" | undefined;

  constructor(
    private readonly kind: ProbeKind,
    private readonly plan: ProbePlan,
    /** When the first could be asked, in ms: the container's start. */
    private readonly startedAt: number,
  ) {}

  /** Whether it is to be asked now. */
  due(now: number): boolean {
    if (now < this.startedAt + this.plan.initialDelaySeconds * 1000) return false;
    return this.askedAt === undefined || now - this.askedAt >= this.intervalMs;
  }

  asked(now: number): void {
    this.askedAt = now;
  }

  /** Failures count once in a declared period, however often it is asked: thresholds mean the time that is declared. */
  answered(answer: Answer, now: number): void {
    if (answer.ok) {
      this.succeeded = true;
      this.because = undefined;
      this.failures = 0;
      if (++this.successes >= this.plan.successThreshold) this.verdict = "passed";
      return;
    }
    this.because = answer.because;
    this.successes = 0;
    if (this.countedAt !== undefined && now - this.countedAt < this.periodMs) return;
    this.countedAt = now;
    if (++this.failures >= this.plan.failureThreshold) this.verdict = "failed";
  }

  private get periodMs(): number {
    return this.plan.periodSeconds * 1000;
  }

  private get intervalMs(): number {
    // A liveness probe's first success changes nothing, so nobody waits for it.
    const eager = !this.succeeded && this.kind !== "liveness";
    return eager ? Math.min(EAGER_MS, this.periodMs) : this.periodMs;
  }
}

/** Exit codes of the command, an interface for scripts and CI. */
import type { Outcome } from "../preview/report";

export const EXIT = {
  ok: 0,
  /** An operation failed, or the control API refused it. */
  failed: 1,
  /** Wrong usage or configuration; nothing was begun. */
  usage: 2,
  /** A mandatory policy is broken. */
  violation: 3,
  /** Interrupted, or declined when asked: 128 + SIGINT, as shells have it. */
  cancelled: 130,
} as const;

export const EXIT_OF_OUTCOME: Readonly<Record<Exclude<Outcome, "skipped">, number>> = {
  succeeded: EXIT.ok,
  failed: EXIT.failed,
  violation: EXIT.violation,
  cancelled: EXIT.cancelled,
};

export const EXIT_CODES_HELP = `Exit codes:
  0    done
  1    an operation failed
  2    wrong usage or configuration, no engine, no token; nothing was begun
  3    a policy is violated
  130  interrupted, or the question was not answered with yes`;

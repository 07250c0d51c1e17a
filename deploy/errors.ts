/** Errors that end a run with one message for a person, and never with a stack trace. */

/** The command was given something that cannot be: an unknown environment or cluster, or no engine to work with. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Something outside the program prevents the work: the backend, a lock, the passphrase. The message holds the remedy. */
export class DeployError extends Error {
  override readonly name = "DeployError";
}

/** The user asked to stop. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";

  constructor() {
    super("cancelled");
  }
}

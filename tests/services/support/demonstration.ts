/** What the scripts behind `make kill-table` and `make move-demo` share: progress, errors and the end by Ctrl-C. */

const INTERRUPTED = 130;

/** Says how far it is, beside the report on standard output. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Ends all processes and removes their files before it ends this one; the second time it ends at once, and they with it. */
export function stopWhenInterrupted(starting: Promise<{ stop(): Promise<void> }>): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) process.exit(INTERRUPTED);
    isStopping = true;
    progress("interrupted: stopping everything");
    // What waits for the processes that are stopped must not say that they are gone.
    void starting
      .then((started) => started.stop())
      .catch(() => undefined)
      .finally(() => process.exit(INTERRUPTED));
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
}

/** Runs one to its end; an error that it did not expect exits with 1. */
export function runDemonstration(main: () => Promise<void>): void {
  void main().catch((error: unknown) => {
    progress(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  });
}

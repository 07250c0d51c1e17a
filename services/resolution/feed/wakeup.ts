/** Waiting for the next change, of which none is missed, without a promise that lives long and collects those who wait. */

export type Woken = "changed" | "timeout" | "aborted";

export class Wakeup {
  private readonly waiting = new Set<() => void>();
  private count = 0;

  /** How many changes there have been. */
  get changes(): number {
    return this.count;
  }

  /** Tells of a change all who wait now, and those who will wait for it. */
  fire(): void {
    this.count++;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Until there has been a change since there were `seen`, at most `timeoutMs`. */
  wait(seen: number, timeoutMs: number, signal: AbortSignal): Promise<Woken> {
    if (signal.aborted) return Promise.resolve("aborted");
    if (seen !== this.count) return Promise.resolve("changed");
    return new Promise((resolve) => {
      const end = (woken: Woken) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.waiting.delete(onChange);
        resolve(woken);
      };
      const onChange = () => end("changed");
      const onAbort = () => end("aborted");
      const timer = setTimeout(() => end("timeout"), timeoutMs);
      signal.addEventListener("abort", onAbort);
      this.waiting.add(onChange);
    });
  }
}

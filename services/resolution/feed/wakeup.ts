/** Waiting for the next change, without a promise that lives long and collects those who wait. */

export type Woken = "changed" | "timeout" | "aborted";

export class Wakeup {
  private readonly waiting = new Set<() => void>();

  /** Wakes all who wait now. */
  fire(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Until the next {@link fire}, at most `timeoutMs`. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<Woken> {
    if (signal.aborted) return Promise.resolve("aborted");
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

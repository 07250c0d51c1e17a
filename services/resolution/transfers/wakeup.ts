/** Sleep that ends early when there is something to do, also when that was said before it began. */
export class Wakeup {
  private isDue = false;
  private end: (() => void) | undefined;

  wake(): void {
    this.isDue = true;
    this.end?.();
  }

  /** Resolves after `ms`, or as soon as {@link wake} has been called since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.isDue) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.isDue = false;
    this.end = undefined;
  }
}

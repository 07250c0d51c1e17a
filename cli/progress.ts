/** What a person sees while stacks are worked on: a line per change of state, and on a terminal a live line per stack. */
import type { Listener } from "../deploy/operation";
import type { Operation, StackReport } from "../preview/report";
import { changeKinds, hasChanges } from "../preview/digest";
import { duration, plain, type Paint } from "../preview/table";

const DOING: Readonly<Record<Operation, string>> = {
  preview: "previewing",
  up: "updating",
  refresh: "refreshing",
  destroy: "destroying",
};

/** Enough for the eye, little enough for a terminal over a slow line. */
const REDRAW_MS = 120;

/** Where progress is written to: standard error, or what a test collects. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export class Progress implements Listener {
  private readonly active = new Map<string, { doing: string; since: number; steps: string }>();
  private drawn = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `width` is that of the longest name, so that lines align. */
  constructor(
    private readonly stream: ProgressStream,
    private readonly width: number,
    private readonly paint: Paint = plain,
  ) {}

  started(domain: string, operation: Operation): void {
    this.active.set(domain, { doing: DOING[operation], since: Date.now(), steps: "" });
    if (this.stream.isTTY === true) this.timer ??= setInterval(() => this.redraw(), REDRAW_MS);
    else this.line(domain, DOING[operation]);
  }

  progress(domain: string, { done, known }: { done: number; known: number }): void {
    const entry = this.active.get(domain);
    if (entry !== undefined && known > 0) entry.steps = `${done} of ${known} resources`;
  }

  note(domain: string, text: string): void {
    this.line(domain, text);
  }

  finished({ domain, outcome, seconds, digest }: StackReport): void {
    this.active.delete(domain);
    const counts = changeKinds.filter((kind) => kind !== "same" && digest.counts[kind] > 0);
    const changes = hasChanges(digest)
      ? counts.map((kind) => `${digest.counts[kind]} ${kind}`).join(", ")
      : "no changes";
    const said = outcome === "succeeded" ? this.paint("good", changes) : this.paint("bad", outcome);
    this.line(domain, `${said} (${duration(seconds)})`);
    if (this.active.size === 0) this.stop();
  }

  /** Ends the live lines; needed when a run ends without every stack having finished. */
  stop(): void {
    this.erase();
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private line(domain: string, text: string): void {
    this.erase();
    this.stream.write(`${domain.padEnd(this.width)}  ${text}\n`);
    this.draw();
  }

  private redraw(): void {
    this.erase();
    this.draw();
  }

  private draw(): void {
    if (this.stream.isTTY !== true) return;
    for (const [domain, { doing, since, steps }] of this.active) {
      const text = `${domain.padEnd(this.width)}  ${doing}  ${duration((Date.now() - since) / 1000)}  ${steps}`;
      // A line that wraps would take two rows, and the next redraw would erase one too few.
      this.stream.write(`${this.paint("dim", text.slice(0, this.columns() - 1))}\n`);
      this.drawn += 1;
    }
  }

  /** A terminal that does not know its width says 0. */
  private columns(): number {
    const columns = this.stream.columns ?? 0;
    return columns > 0 ? columns : 80;
  }

  private erase(): void {
    if (this.drawn > 0) this.stream.write(`\x1b[${this.drawn}A\x1b[0J`);
    this.drawn = 0;
  }
}

/** Lines that stay, and below them, on a terminal, lines that are redrawn in place while something is under way. */
import { plain, type Paint } from "../preview/table";

/** Enough for the eye, little enough for a terminal over a slow line. */
const REDRAW_MS = 120;
/** Width of a terminal that does not know its own. */
const DEFAULT_COLUMNS = 80;

/** Where progress is written to: standard error, or what a test collects. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export class LiveLines {
  private drawn = 0;
  private timer: NodeJS.Timeout | undefined;

  /** `current` gives the lines to show now. */
  constructor(
    private readonly stream: ProgressStream,
    private readonly current: () => readonly string[],
    private readonly paint: Paint = plain,
  ) {}

  /** Whether there is a terminal to redraw on; without one, lines that stay are all there is. */
  get shown(): boolean {
    return this.stream.isTTY === true;
  }

  /** Columns that a line may take. One that wraps would take two rows, and the next redraw would erase one too few. */
  get width(): number {
    const columns = this.stream.columns ?? 0;
    return (columns > 0 ? columns : DEFAULT_COLUMNS) - 1;
  }

  /** Shows the lines, and goes on until {@link stop}. */
  start(): void {
    if (this.shown) this.timer ??= setInterval(() => this.redraw(), REDRAW_MS);
  }

  /** Writes a line that stays. */
  say(text: string): void {
    this.erase();
    this.stream.write(`${text}\n`);
    this.draw();
  }

  /** Takes the lines away. */
  stop(): void {
    this.erase();
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private redraw(): void {
    this.erase();
    this.draw();
  }

  private draw(): void {
    if (!this.shown) return;
    for (const text of this.current()) {
      this.stream.write(`${this.paint("dim", text.slice(0, this.width))}\n`);
      this.drawn += 1;
    }
  }

  private erase(): void {
    if (this.drawn > 0) this.stream.write(`\x1b[${this.drawn}A\x1b[0J`);
    this.drawn = 0;
  }
}

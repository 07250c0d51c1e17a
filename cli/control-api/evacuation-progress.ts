/** What a person sees while an evacuation runs: a bar on a terminal, a line now and then elsewhere. */
import { duration, type Paint } from "../../preview/table";
import type { Evacuation } from "../../services/contracts/resources";
import { LiveLines, type ProgressStream } from "../live-lines";
import { paintFor } from "../terminal";
import { bar, countsOf, hasEnded, progressText } from "./evacuation-view";
import { interruptible } from "./interrupt";
import type { WatchingApi } from "./operator-api";
import { poll } from "./poll";
import { Speed } from "./speed";

/** Thousands of users move in seconds, but each question makes the control API count. */
const INTERVAL_MS = 1_000;
/** Between two lines in a log. */
const LINE_MS = 10_000;

/** Follows until nothing of it is to be waited for; undefined when the person ended that. `onSeen` is told each time. */
export async function followEvacuation(
  api: WatchingApi,
  id: string,
  onSeen: (evacuation: Evacuation) => void,
): Promise<Evacuation | undefined> {
  const progress = new EvacuationProgress(process.stderr, paintFor(process.stderr));
  try {
    return await interruptible((signal) =>
      poll(
        () => api.getEvacuation(id),
        (evacuation) => {
          progress.show(evacuation);
          onSeen(evacuation);
          return hasEnded(evacuation);
        },
        { intervalMs: INTERVAL_MS, signal, note: (text) => progress.note(text) },
      ),
    );
  } finally {
    progress.stop();
  }
}

/** Shows one evacuation. */
export class EvacuationProgress {
  private readonly live: LiveLines;
  private readonly speed = new Speed();
  private readonly since = Date.now();
  private evacuation: Evacuation | undefined;
  private told = { at: 0, state: "", text: "" };

  constructor(stream: ProgressStream, paint?: Paint) {
    this.live = new LiveLines(stream, () => this.lines(), paint);
  }

  show(evacuation: Evacuation): void {
    this.evacuation = evacuation;
    this.speed.add(countsOf(evacuation).moved);
    this.live.start();
    if (!this.live.shown) this.tell(evacuation);
  }

  note(text: string): void {
    this.live.say(text);
  }

  stop(): void {
    this.live.stop();
  }

  /** A line when its state changes, when it has ended, and every {@link LINE_MS} while anything moves. */
  private tell(evacuation: Evacuation): void {
    const text = progressText(evacuation, this.speed.perSecond);
    const due = Date.now() - this.told.at >= LINE_MS || this.told.state !== evacuation.state || hasEnded(evacuation);
    if (!due || text === this.told.text) return;
    this.told = { at: Date.now(), state: evacuation.state, text };
    this.note(`${evacuation.source}  ${text}`);
  }

  private lines(): string[] {
    if (this.evacuation === undefined) return [];
    const seconds = (Date.now() - this.since) / 1000;
    const text = progressText(this.evacuation, this.speed.perSecond);
    return [`${this.evacuation.source}  ${bar(this.evacuation)}  ${text}, ${duration(seconds)}`];
  }
}

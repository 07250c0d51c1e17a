/** A wait that a person sees: a line that is redrawn on a terminal, a line now and then elsewhere. */
import { duration } from "../../preview/table";
import { LiveLines, type ProgressStream } from "../live-lines";
import { paintFor } from "../terminal";

/** Between two lines in a log. */
const LINE_MS = 10_000;

export class Waiting {
  private readonly live: LiveLines;
  private readonly since = Date.now();
  private text = "";
  private toldAt = Date.now();

  constructor(stream: ProgressStream & NodeJS.WriteStream = process.stderr) {
    this.live = new LiveLines(stream, () => this.lines(), paintFor(stream));
    this.live.start();
  }

  /** What is waited for now. */
  for(text: string): void {
    this.text = text;
    if (this.live.shown || Date.now() - this.toldAt < LINE_MS) return;
    this.toldAt = Date.now();
    for (const line of this.lines()) this.live.say(line);
  }

  /** Something that has come about. */
  note(text: string): void {
    this.toldAt = Date.now();
    this.live.say(text);
  }

  stop(): void {
    this.live.stop();
  }

  private lines(): string[] {
    return this.text === "" ? [] : [`${duration((Date.now() - this.since) / 1000)}  ${this.text}`];
  }
}

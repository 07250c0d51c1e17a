/** What a person sees while stacks are worked on: a line per change of state, and on a terminal a live line per stack. */
import type { Listener } from "../deploy/operation";
import type { Operation, StackReport } from "../preview/report";
import { changeKinds, hasChanges } from "../preview/digest";
import { duration, plain, type Paint } from "../preview/table";
import { LiveLines, type ProgressStream } from "./live-lines";

const DOING: Readonly<Record<Operation, string>> = {
  preview: "previewing",
  up: "updating",
  refresh: "refreshing",
  destroy: "destroying",
};

export class Progress implements Listener {
  private readonly active = new Map<string, { doing: string; since: number; steps: string }>();
  private readonly live: LiveLines;

  /** `width` is that of the longest name, so that lines align. */
  constructor(
    stream: ProgressStream,
    private readonly width: number,
    private readonly paint: Paint = plain,
  ) {
    this.live = new LiveLines(stream, () => this.current(), paint);
  }

  started(domain: string, operation: Operation): void {
    this.active.set(domain, { doing: DOING[operation], since: Date.now(), steps: "" });
    if (this.live.shown) this.live.start();
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
    this.live.stop();
  }

  private line(domain: string, text: string): void {
    this.live.say(`${domain.padEnd(this.width)}  ${text}`);
  }

  private current(): string[] {
    return [...this.active].map(([domain, { doing, since, steps }]) => {
      return `${domain.padEnd(this.width)}  ${doing}  ${duration((Date.now() - since) / 1000)}  ${steps}`;
    });
  }
}

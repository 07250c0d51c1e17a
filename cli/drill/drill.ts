/** What a drill is, and what it works with. */
import type { LiveEnvironment } from "../live/environment";
import type { Check, Expectation } from "./expectation";
import type { Load } from "./load/load";
import type { Resident } from "./statistics";
import type { Selection, TargetKind } from "./targets";

export interface Drill {
  readonly name: string;
  /** What happens, in one line. */
  readonly summary: string;
  readonly target: TargetKind;
  readonly expectation: Expectation;
  /** Lets it happen, and resolves when enough of it has been seen. What it broke is put right afterwards, by what it has left in `undo`. */
  readonly act: (context: DrillContext) => Promise<void>;
}

export interface DrillContext {
  readonly live: LiveEnvironment;
  /** The cluster that it happens to; that of the first user where it happens to what clusters share. */
  readonly cluster: string;
  /** Sample users, and where each lives. */
  readonly residents: readonly Resident[];
  readonly load: Load;
  /** Aborted once the person has had enough. */
  readonly signal: AbortSignal;
  /** Takes down what a selection chooses, and what comes up in its place meanwhile, until the drill is over. */
  kill(selection: Selection): Promise<void>;
  /** Cuts a cluster off from the control plane until the drill is over. */
  partition(cluster: string): Promise<void>;
  /** Lifts the faults before the drill is over. */
  lift(): Promise<void>;
  /** Has something done when the drill is over, however it ends; the last is done first. */
  undo(what: string, work: () => Promise<void>): void;
  /** Adds something that was looked at to the report. */
  found(check: Check): void;
  /** Tells what happens. */
  note(text: string): void;
  /** Lets time pass. Throws once the person has had enough. */
  last(seconds: number): Promise<void>;
  /** Asks until there is an answer other than undefined; undefined where there is none in time. Rejections count as undefined. */
  until<T>(seconds: number, ask: () => Promise<T | undefined>): Promise<{ value: T; afterSeconds: number } | undefined>;
}

/** The drill cannot be carried out, or what it broke cannot be put right. */
export class DrillError extends Error {
  override readonly name = "DrillError";
}

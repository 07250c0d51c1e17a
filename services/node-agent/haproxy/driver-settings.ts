/** What the driver is told, beside what stands in HAProxy's configuration. */
import type { Log } from "../log";
import type { KeyRing } from "./keys";
import type { MemberSource } from "./members/source";
import type { EdgeSettings } from "./settings";

export interface EdgeDriverSettings {
  readonly edge: EdgeSettings;
  readonly members: MemberSource;
  /** Tells of keys that take the place of those in `edge`. Default: they stay. */
  readonly keys?: Pick<KeyRing, "start" | "stop">;
  /** Path or name of the HAProxy that the agent runs itself. Default: somebody else runs it, with its files in the same directory. */
  readonly executable?: string | undefined;
  readonly log: Log;
  readonly tuning?: Partial<EdgeTuning>;
}

/** Times are in milliseconds. */
export interface EdgeTuning {
  /** Silence after which HAProxy's answer is given up. It takes 0.5 s at most, for swapping a map of a million entries. */
  readonly answerMs: number;
  /** How often HAProxy is looked at. */
  readonly watchMs: number;
  /** How often it is asked which container VMs there are. Default 5 s. */
  readonly membersMs?: number;
  /** How long a new edge waits for a container VM before it takes requests. Default: joining.ts. */
  readonly joinMs?: number | undefined;
  /** Changes beside a map's base at which they are folded into it. Default: published-map.ts. */
  readonly foldAt?: number;
}

export const TUNING: EdgeTuning = { answerMs: 5_000, watchMs: 1_000 };

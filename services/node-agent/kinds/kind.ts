/** What differs between kinds of node. */
import type { MetadataServer } from "../../google/metadata";
import type { Driver } from "../driver";
import type { Log } from "../log";
import type { AgentSettings } from "../variables";

/** What a driver may be made with. */
export interface DriverContext {
  readonly metadata: MetadataServer;
  readonly log: Log;
}

/** What the environment variables say. */
export interface Settings {
  readonly agent: AgentSettings;
  createDriver(this: void, context: DriverContext): Promise<Driver>;
}

/** How long an agent waits for what, in milliseconds. */
export interface Patience {
  /** To be told a state, where it has none; then it serves without. Absent: for as long as it takes. */
  readonly untoldMs?: number;
  /** For the end of what it drives, which somebody else brings about, before it says that the node is leaving. */
  readonly outlastMs: number;
  /** For its own end, that wait included, when it is asked to stop. Below what Kubernetes or the machine's unit allows. */
  readonly stopMs: number;
}

export interface Kind {
  /**
   * Whether a node of this kind that is asked to stop says that it will not come back, unless LEAVE_ON_STOP is set: planned
   * transfers then do not wait for it. Right where a stop means the machine's end, as in a managed instance group that scales in;
   * wrong where the node comes back under its name, or what it drives goes on serving without it.
   */
  readonly leavesOnStop: boolean;
  readonly patience: Patience;
  /** Reads this kind's variables. Throws a SettingsError with every mistake. */
  read(this: void, environment: NodeJS.ProcessEnv): Settings;
}

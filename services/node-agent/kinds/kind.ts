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

export interface Kind {
  /**
   * Whether a node of this kind that is asked to stop says that it will not come back, unless LEAVE_ON_STOP is set: planned
   * transfers then do not wait for it. Right where a stop means the machine's end, as in a managed instance group that scales in;
   * wrong where the node comes back under its name, or what it drives goes on serving without it.
   */
  readonly leavesOnStop: boolean;
  /** Reads this kind's variables. Throws a SettingsError with every mistake. */
  read(this: void, environment: NodeJS.ProcessEnv): Settings;
}

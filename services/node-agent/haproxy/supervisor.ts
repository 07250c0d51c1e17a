/** Runs HAProxy under the agents' supervisor: in tests and in the sandbox; in production its container does. */
import { renameSync } from "node:fs";
import { join } from "node:path";
import { Supervisor, runsWith, type Program } from "../supervisor";
import { filesIn } from "./files";
import type { Master } from "./runtime/master";

/** Milliseconds for requests under way when the agent is told to stop; and for HAProxy to end when it is told to drop them. */
const DRAIN_MS = 10_000;
const TERM_MS = 5_000;

/** `beforeStart` sees to the files that HAProxy reads. Its log goes to `haproxy.log` in the edge's directory. */
export function superviseHaproxy(
  executable: string,
  directory: string,
  master: Pick<Master, "processes">,
  log: ConstructorParameters<typeof Supervisor>[1],
  beforeStart: () => Promise<void>,
): Supervisor {
  const { config, masterSocket } = filesIn(directory);
  const logFile = join(directory, "haproxy.log");
  const program: Program = {
    name: "HAProxy",
    executable,
    // Master and worker: the master reloads. In the foreground.
    args: ["-W", "-db", "-S", masterSocket, "-f", config],
    output: { file: logFile },
    end: [
      ["SIGUSR1", DRAIN_MS],
      ["SIGTERM", TERM_MS],
    ],
    findRunning: async () => {
      const found = await master.processes().catch(() => undefined);
      return found !== undefined && runsWith(found.master, config) ? found.master : undefined;
    },
    beforeStart: async () => {
      keepLastLog(logFile);
      await beforeStart();
    },
  };
  return new Supervisor(program, log);
}

/** One log of the HAProxy that runs, one of the one before. */
function keepLastLog(path: string): void {
  try {
    renameSync(path, `${path}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Runs Knot under the agents' supervisor. */
import { readFileSync, rmSync } from "node:fs";
import { runsWith, Supervisor } from "../supervisor";
import type { Log, Supervision } from "./settings";

/** Milliseconds for Knot to end its work when it is told to; it has been seen to take 2 s at two million records. */
const TERM_MS = 20_000;

/** A supervisor for the Knot of this configuration file. With `restart` at its start, configuration or zone are not what Knot knows. */
export function superviseKnot(
  executable: string,
  files: { readonly config: string; readonly pid: string },
  user: Supervision["user"],
  log: Log,
): Supervisor {
  const program = {
    name: "Knot",
    executable,
    args: ["--config", files.config],
    user,
    output: { onLine: (line: string) => forward(log, line) },
    end: [["SIGTERM", TERM_MS]],
    findRunning: () => Promise.resolve(runningPid(files)),
    // No Knot of ours runs, so a pid file is of one that was killed; its number may be another process's now.
    beforeStart: () => Promise.resolve(rmSync(files.pid, { force: true })),
  } as const;
  return new Supervisor(program, log);
}

function forward(log: Log, line: string): void {
  const [, level, text] = /\b(debug|info|notice|warning|error|critical): (.*)$/.exec(line) ?? [];
  if (level === "error" || level === "critical") log.error({ knot: text }, "Knot reports an error");
  else if (level === "warning") log.warn({ knot: text }, "Knot warns");
  else log.info({ knot: text ?? line }, "Knot says");
}

/** The Knot of an earlier agent with the same configuration file. */
function runningPid({ config, pid: path }: { readonly config: string; readonly pid: string }): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return runsWith(pid, config) ? pid : undefined;
  } catch {
    return undefined; // No pid file.
  }
}

/**
 * Runs Knot: starts it, starts it again when it dies, and stops it. Knot outlives an agent that is killed, so that DNS goes on being
 * answered; the next agent takes over the one that it finds.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Log, Supervision } from "./settings";

/** Milliseconds before Knot is started again, doubled up to the maximum while it does not stay up. */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2000;
/** A Knot that ran for this long is not one that cannot start. */
const STABLE_MS = 10_000;
/** Milliseconds for Knot to end its work when it is told to; it has been seen to take 2 s at two million records. */
const TERM_MS = 20_000;
const POLL_MS = 50;

export class KnotSupervisor {
  private readonly stopping = new AbortController();
  private pid: number | undefined;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly executable: string,
    private readonly files: { readonly config: string; readonly pid: string },
    private readonly user: Supervision["user"],
    private readonly log: Log,
  ) {}

  /**
   * Starts Knot, or takes over one that runs with the same configuration file. With `restart` one that is found is
   * stopped first: its configuration or its zone is not what the files say now.
   */
  async start(restart: boolean): Promise<void> {
    let found = this.findRunning();
    if (found !== undefined && restart) {
      await end(found);
      found = undefined;
    }
    this.loop = this.keepRunning(found);
  }

  /** The process that runs now; undefined between one and the next. */
  get runningPid(): number | undefined {
    return this.pid;
  }

  /** Stops Knot: asks it to, and kills it if it does not end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.pid !== undefined) await end(this.pid);
    await this.loop;
  }

  private async keepRunning(found: number | undefined): Promise<void> {
    if (found !== undefined) {
      this.pid = found;
      this.log.info({ pid: found }, "took over a running Knot");
      await this.gone(found);
    }
    for (let failures = 0; !this.stopping.signal.aborted;) {
      const started = performance.now();
      const ending = await this.runOnce();
      this.pid = undefined;
      if (this.stopping.signal.aborted) return;
      failures = performance.now() - started > STABLE_MS ? 1 : failures + 1;
      const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 16), MAX_BACKOFF_MS);
      this.log.error({ ending, backoff }, "Knot ended; it is started again");
      await delay(backoff, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** Resolves with how it ended. */
  private async runOnce(): Promise<string> {
    // No Knot of ours runs, so a pid file is of one that was killed; its number may be another process's now.
    rmSync(this.files.pid, { force: true });
    const child = spawn(this.executable, ["--config", this.files.config], {
      ...this.user,
      stdio: ["ignore", "ignore", "pipe"],
      // A signal to the agent's process group, such as Ctrl-C, is not for Knot: stopping is the agent's to do in its order.
      detached: true,
    });
    this.pid = child.pid;
    this.forwardLog(child.stderr);
    return await endOf(child);
  }

  private forwardLog(stderr: Readable): void {
    createInterface({ input: stderr }).on("line", (line) => {
      const [, level, text] = /\b(debug|info|notice|warning|error|critical): (.*)$/.exec(line) ?? [];
      if (level === "error" || level === "critical") this.log.error({ knot: text }, "Knot reports an error");
      else if (level === "warning") this.log.warn({ knot: text }, "Knot warns");
      else this.log.info({ knot: text ?? line }, "Knot says");
    });
  }

  /** The Knot of an earlier agent with the same configuration file. */
  private findRunning(): number | undefined {
    try {
      const pid = Number(readFileSync(this.files.pid, "utf8"));
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return command.includes(this.files.config) ? pid : undefined;
    } catch {
      return undefined; // No pid file, or no such process.
    }
  }

  private async gone(pid: number): Promise<void> {
    while (isAlive(pid)) await delay(POLL_MS, undefined, { ref: !this.stopping.signal.aborted });
    this.pid = undefined;
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(code === null ? String(signal) : `exit code ${code}`));
  });
}

/** Ends a process that may not be a child of this one. */
async function end(pid: number): Promise<void> {
  signalIfAlive(pid, "SIGTERM");
  const deadline = performance.now() + TERM_MS;
  while (isAlive(pid) && performance.now() < deadline) await delay(POLL_MS);
  signalIfAlive(pid, "SIGKILL");
  while (isAlive(pid)) await delay(POLL_MS);
}

/** Whether a process runs; one that has ended and that nobody has waited for does not. */
function isAlive(pid: number): boolean {
  try {
    // The name stands in parentheses and may hold anything; the state follows the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.charAt(stat.lastIndexOf(")") + 2) !== "Z";
  } catch {
    return false;
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Runs a program that serves: starts it, starts it again when it dies, and stops it. It outlives an agent that is killed, so that it
 * goes on serving; the next agent takes over the one that it finds.
 */
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds before the program is started again, doubled up to the maximum while it does not stay up. */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2000;
/** A program that ran for this long is not one that cannot start. */
const STABLE_MS = 10_000;
const POLL_MS = 50;
/** Milliseconds between a signal and the same one once more. */
const REPEAT_MS = 1000;

/** Structured log, as pino and fastify have it. */
interface Log {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Program {
  /** What the log calls it. */
  readonly name: string;
  readonly executable: string;
  readonly args: readonly string[];
  /** User and group that it runs as. Default: the agent's. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Where what it writes goes: its standard error line by line to the agent, or all of it to the end of a file. */
  readonly output: { readonly onLine: (line: string) => void } | { readonly file: string };
  /** Signals that ask it to end, each with milliseconds until the next; SIGKILL comes last. */
  readonly end: readonly (readonly [NodeJS.Signals, number])[];
  /** The process of an earlier agent's, if it runs. */
  findRunning(): Promise<number | undefined>;
  /** Called before each start; where it rejects, the start is put off. */
  beforeStart(): Promise<void>;
}

export class Supervisor {
  private readonly stopping = new AbortController();
  private pid: number | undefined;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly program: Program,
    private readonly log: Log,
  ) {}

  /** Starts the program, or takes over one that runs. With `restart` one that is found is stopped first. */
  async start(restart: boolean): Promise<void> {
    let found = await this.program.findRunning();
    if (found !== undefined && restart) {
      await end(found, this.program.end);
      found = undefined;
    }
    this.loop = this.keepRunning(found);
  }

  /** The process that runs now; undefined between one and the next. */
  get runningPid(): number | undefined {
    return this.pid;
  }

  /** Stops the program: asks it to, and kills it if it does not end. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.pid !== undefined) await end(this.pid, this.program.end);
    await this.loop;
  }

  private async keepRunning(found: number | undefined): Promise<void> {
    const { name } = this.program;
    if (found !== undefined) {
      this.pid = found;
      this.log.info({ pid: found }, `took over a running ${name}`);
      await this.gone(found);
    }
    for (let failures = 0; !this.stopping.signal.aborted;) {
      const started = performance.now();
      const ending = await this.runOnce().catch((error: unknown) => String(error));
      this.pid = undefined;
      if (this.stopping.signal.aborted) return;
      failures = performance.now() - started > STABLE_MS ? 1 : failures + 1;
      const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 16), MAX_BACKOFF_MS);
      this.log.error({ ending, backoff }, `${name} ended; it is started again`);
      await delay(backoff, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** Resolves with how it ended. */
  private async runOnce(): Promise<string> {
    const { executable, args, user, output } = this.program;
    await this.program.beforeStart();
    if (this.stopping.signal.aborted) return "not started";
    const file = "file" in output ? openSync(output.file, "a", 0o640) : undefined;
    const stdio: StdioOptions = file === undefined ? ["ignore", "ignore", "pipe"] : ["ignore", file, file];
    // A signal to the agent's process group, such as Ctrl-C, is not for the program: stopping is the agent's to do in its order.
    const child = spawn(executable, args, { ...user, stdio, detached: true });
    if (file !== undefined) closeSync(file);
    this.pid = child.pid;
    if ("onLine" in output && child.stderr !== null) createInterface({ input: child.stderr }).on("line", output.onLine);
    return await endOf(child);
  }

  private async gone(pid: number): Promise<void> {
    while (isAlive(pid)) await delay(POLL_MS, undefined, { ref: !this.stopping.signal.aborted });
    this.pid = undefined;
  }
}

/** Whether a process runs with these arguments among its own; a number that was noted may be another process's now. */
export function runsWith(pid: number, ...args: readonly string[]): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return args.every((arg) => command.includes(arg));
  } catch {
    return false; // No such process.
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(code === null ? String(signal) : `exit code ${code}`));
  });
}

/** Ends a process that may not be a child of this one. */
async function end(pid: number, signals: Program["end"]): Promise<void> {
  for (const [signal, waitMs] of signals) {
    const deadline = performance.now() + waitMs;
    for (let again = 0; isAlive(pid) && performance.now() < deadline;) {
      if (performance.now() >= again) {
        // Again and again: a program that is only just starting may miss it.
        signalIfAlive(pid, signal);
        again = performance.now() + REPEAT_MS;
      }
      await delay(POLL_MS);
    }
  }
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

/** Starts the programs of the local cloud, each in a process group of its own that ends as a whole. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../context";
import { Journal } from "./journal";
import { boundLog, logLength, openLog, tail } from "./log-file";
import { killGroup, signal } from "./process-group";

export interface ProcessSpec {
  /** For messages: `sandbox-free-http-serving-x3k9/edge`. */
  readonly name: string;
  /** A path, or a name that is looked for in the environment's PATH. */
  readonly executable: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of the local cloud's own is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Working directory. */
  readonly directory: string;
  /** The file that its output is added to; parts of the path that are missing are made. */
  readonly log: string;
  /** User and group that it runs as. Default: the local cloud's. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What asks it to end. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

/** How a process ended. */
export interface Ending {
  /** Undefined where a signal ended it. */
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  /** `ended with code 1: <its last words>`. */
  readonly text: string;
}

export interface RunningProcess {
  readonly pid: number;
  /** In ms since 1970. */
  readonly startedAt: number;
  /** Resolves once nothing of it runs, whether it was asked to end or not; never rejects. */
  readonly ended: Promise<Ending>;
  /** Asks the process to end, as a container's runtime does, and kills it with all it has started where it has not in time. */
  stop(timeoutMs: number): Promise<Ending>;
  /** Kills it with all it has started, as a power cut would. */
  kill(): Promise<Ending>;
}

export interface ProcessesOptions {
  /** The local cloud's. */
  readonly directory: string;
  readonly log: Log;
}

/** How often logs are looked at for their length. */
const BOUND_LOGS_MS = 10_000;
const FOLDER = "processes";

export class Processes {
  private readonly journal: Journal;
  private readonly running = new Map<RunningProcess, ProcessSpec>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: ProcessesOptions) {
    this.journal = new Journal(join(options.directory, FOLDER));
    this.timer = setInterval(() => this.boundLogs(), BOUND_LOGS_MS).unref();
  }

  /** Kills what a local cloud that crashed has left behind in this directory. To be called before anything is started. */
  async endLeftovers(): Promise<void> {
    const ended = await this.journal.endLeftovers();
    if (ended.length > 0)
      this.options.log.warn({ ended }, "ended processes that an earlier local cloud has left behind");
  }

  /** Starts a program; rejects where it cannot be run at all. */
  async start(spec: ProcessSpec): Promise<RunningProcess> {
    const from = logLength(spec.log);
    const child = this.spawn(spec);
    const spawned = once(child, "spawn");
    const exited = exitOf(child);
    await spawned.catch((error: Error) => {
      throw new Error(`${spec.executable} cannot be run: ${error.message}`, { cause: error });
    });
    const running = this.handle(child.pid ?? 0, spec, exited, from);
    this.running.set(running, spec);
    void running.ended.then(() => this.running.delete(running));
    return running;
  }

  /** Kills what still runs: everybody has had the time to stop their own. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([...this.running.keys()].map((running) => running.kill()));
  }

  private spawn({ name, executable, args, environment, directory, log, user }: ProcessSpec): ChildProcess {
    const output = openLog(log);
    try {
      const child = spawn(executable, args, {
        cwd: directory,
        env: environment,
        stdio: ["ignore", output, output],
        // A process group of its own, which Ctrl-C does not reach.
        detached: true,
        ...user,
      });
      if (child.pid !== undefined) this.journal.add(name, child.pid);
      return child;
    } finally {
      closeSync(output);
    }
  }

  private handle(pid: number, spec: ProcessSpec, exited: Promise<Exit>, from: number): RunningProcess {
    let hasEnded = false;
    const ended = exited.then(async (exit) => {
      hasEnded = true;
      await this.endGroup(pid, spec);
      return { ...exit, text: endingText(exit, tail(spec.log, from)) };
    });
    const kill = async () => {
      if (!hasEnded) await this.endGroup(pid, spec);
      return await ended;
    };
    const stop = async (timeoutMs: number) => {
      if (!hasEnded) signal(pid, spec.stopSignal ?? "SIGTERM");
      const timer = setTimeout(() => void kill(), timeoutMs);
      await exited;
      clearTimeout(timer);
      return await ended;
    };
    return { pid, startedAt: Date.now(), ended, stop, kill };
  }

  private async endGroup(pid: number, { name }: ProcessSpec): Promise<void> {
    try {
      await killGroup(pid);
      this.journal.remove(pid);
    } catch (error) {
      // It stays in the journal.
      this.options.log.error({ err: error, process: name }, "a process does not end");
    }
  }

  private boundLogs(): void {
    for (const log of new Set([...this.running.values()].map((spec) => spec.log))) boundLog(log);
  }
}

type Exit = Pick<Ending, "code" | "signal">;

/** What `exit` told; where it could not be started, nobody asks. */
function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
  });
}

function endingText({ code, signal }: Exit, words: string): string {
  const how = signal === undefined ? `ended with code ${code}` : `was ended by ${signal}`;
  return words === "" ? how : `${how}: ${words}`;
}

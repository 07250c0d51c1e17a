/** One process of the system under test: started, killed, started again, its output kept. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../support/until";
import type { CommandLine } from "./program";

/** What is kept of a process's output, in characters: its end tells why a test failed. */
const LOG_LIMIT = 64_000;
/** A process that was asked to stop and has not within this time never will. */
const STOP_TIMEOUT_MS = 20_000;

export interface ChildOptions {
  /** For messages and logs. */
  readonly name: string;
  readonly command: CommandLine;
  /** The whole environment, beside `PATH`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it serves. Asked again and again after a start; an error counts as not yet. */
  readonly isReady: () => Promise<boolean>;
  readonly startTimeoutMs?: number;
  /** Hears all that it writes, of which only the end is kept. */
  readonly onOutput?: (text: string) => void;
}

export class Child {
  private process: ChildProcess | undefined;
  private output = "";

  constructor(private readonly options: ChildOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** The end of what it has written, over all its starts. */
  get log(): string {
    return this.output;
  }

  /** Of the running process; none while it does not run. */
  get pid(): number | undefined {
    return this.running ? this.process?.pid : undefined;
  }

  get running(): boolean {
    return this.process?.exitCode === null && this.process.signalCode === null;
  }

  /** Starts it and resolves once it serves. Rejects with the end of its output when it ends before, or is too slow. */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Starts it without waiting. */
  launch(): void {
    if (this.running) throw new Error(`${this.name} is running already`);
    const [file, ...args] = this.options.command;
    // A test that is killed before it stops this must not leave it behind: hence the signal on the parent's death.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", file, ...args], {
      env: { PATH: process.env.PATH ?? "", ...this.options.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.keep(text));
      (stream as unknown as Socket).unref();
    }
    child.on("error", (error) => this.keep(`${error.message}\n`));
    child.unref();
  }

  /** Resolves once it serves. */
  async ready(): Promise<void> {
    const { isReady, startTimeoutMs = 60_000 } = this.options;
    const probe = async () => {
      if (!this.running) throw new Error(`${this.name} ended:\n${this.tail()}`);
      return await isReady().catch(() => false);
    };
    await until(this.name, probe, startTimeoutMs).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.tail()}`, { cause: error });
    });
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Asks it to stop and resolves with its exit code; null where it had to be killed. */
  async stop(): Promise<number | null> {
    const { process } = this;
    if (!this.running || process === undefined) return process?.exitCode ?? null;
    const abort = new AbortController();
    const killed = delay(STOP_TIMEOUT_MS, undefined, { signal: abort.signal }).then(
      () => process.kill("SIGKILL"),
      () => false,
    );
    await this.end("SIGTERM");
    abort.abort();
    await killed;
    return process.exitCode;
  }

  /** Lets it stand still, or go on: a process that is alive and does not answer. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.process?.kill(signal);
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { process } = this;
    if (process === undefined || !this.running) return;
    process.ref();
    const ended = once(process, "exit");
    process.kill(signal);
    await ended;
  }

  private keep(text: string): void {
    this.options.onOutput?.(text);
    this.output = (this.output + text).slice(-LOG_LIMIT);
  }

  private tail(): string {
    return this.output.slice(-4000);
  }
}

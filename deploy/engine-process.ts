/** Starts engine processes for the Automation API and ends them when the user interrupts. */
import { spawn, type ChildProcess } from "node:child_process";
import { dirname, delimiter } from "node:path";
import type { PulumiCommand } from "@pulumi/pulumi/automation";
import type { Engine } from "./engine";
import { killTree, signal } from "./process-tree";

/** After being told to terminate, the engine gets this long to write its state and release its lock. */
const TERMINATION_GRACE_MS = 5_000;

/** A run of the CLI that failed. */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(
    readonly stdout: string,
    readonly stderr: string,
    /** Exit code; -1 when a signal ended it. */
    readonly code: number,
  ) {
    super(stderr.trim() || `the engine ended with code ${code}`);
  }
}

interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/**
 * After an update the Automation API asks for the stack's outputs, with secrets in the clear, and for its history. Nobody
 * here reads them, and each answer would cost a start of the CLI: they are answered empty.
 */
const UNREAD_ANSWERS: Readonly<Record<string, string>> = { "stack output": "{}", "stack history": "[]" };

type Listener = (text: string) => void;

/**
 * Each engine runs in a process group of its own. Otherwise Ctrl-C in a terminal would reach it twice, from the terminal
 * and from this process, and it takes a second interrupt for the order to drop everything, lock and pending steps included.
 */
export class EngineProcesses {
  private readonly running = new Set<ChildProcess>();

  constructor(private readonly engine: Engine) {}

  /**
   * What the Automation API calls an installation of the CLI. Its own starts the engine in this process's group and knows
   * no way to end it for good, hence this one.
   */
  get command(): PulumiCommand {
    const { path: command, version } = this.engine;
    const run: EngineProcesses["run"] = (args, ...rest) => {
      const unread = UNREAD_ANSWERS[args.slice(0, 2).join(" ")];
      return unread === undefined ? this.run(args, ...rest) : Promise.resolve({ stdout: unread, stderr: "", code: 0 });
    };
    return { command, version, run } as unknown as PulumiCommand;
  }

  /** Asks every running engine to stop after the steps that are under way, and to write its state. */
  interrupt(): void {
    for (const { pid } of this.running) if (pid !== undefined) signal(pid, "SIGINT");
  }

  /** Tells every running engine to stop now; those that do not obey in time are killed with their plugins. */
  async terminate(): Promise<void> {
    this.interrupt();
    await Promise.all([...this.running].map((child) => killAfter(child, TERMINATION_GRACE_MS)));
  }

  /** Runs the CLI to its end. Without a `timeoutMs` an operation may take as long as the cloud takes. */
  async run(
    args: readonly string[],
    cwd: string,
    env: NodeJS.ProcessEnv,
    onOutput?: Listener,
    onError?: Listener,
    _signal?: AbortSignal,
    timeoutMs?: number,
  ): Promise<Result> {
    // The plugins that come with an installation lie beside the engine.
    const PATH = [dirname(this.engine.path), env.PATH ?? process.env.PATH ?? ""].join(delimiter);
    const child = spawn(this.engine.path, [...args, "--non-interactive"], {
      cwd,
      env: { ...env, PATH, PULUMI_AUTOMATION_API: "true" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.running.add(child);
    try {
      const result = await ended(child, onOutput, onError, timeoutMs);
      if (result.code !== 0) throw new EngineError(result.stdout, result.stderr, result.code);
      return result;
    } finally {
      this.running.delete(child);
    }
  }
}

function ended(child: ChildProcess, onOutput?: Listener, onError?: Listener, timeoutMs?: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      onOutput?.(text);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onError?.(text);
    });
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            stderr += `no answer within ${timeoutMs / 1000} s\n`;
            if (child.pid !== undefined) void killTree(child.pid);
          }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ stdout, stderr, code: code ?? -1 });
    });
  });
}

async function killAfter(child: ChildProcess, delayMs: number): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });
  const timer = setTimeout(() => {
    if (child.pid !== undefined) void killTree(child.pid);
  }, delayMs);
  await gone;
  clearTimeout(timer);
}

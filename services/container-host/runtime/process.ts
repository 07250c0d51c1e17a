/**
 * The reference runtime: each app is a Node process of its own, on a Unix socket in a private directory.
 *
 * It isolates users from each other no more than processes of one owner are. Apps end with the host: they watch the channel to
 * it, which the kernel closes however the host ends.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { APP_LISTENS, APP_VARIABLES, RUN_APP } from "../apps/protocol";
import { endLeftovers } from "./leftovers";
import type { AppRuntime, AppSpec, RunningApp } from "./runtime";

export interface ProcessRuntimeOptions {
  /** Of this host alone; where the sockets are. */
  readonly directory: string;
  /** Megabytes of each app's heap. */
  readonly memoryMb: number;
}

/** Longest path of a socket on Linux, less the terminating zero. */
const MAX_SOCKET_PATH = 107;
/** Characters of what an app says of its end that are kept. */
const MAX_LAST_WORDS = 500;

export class ProcessRuntime implements AppRuntime {
  constructor(private readonly options: ProcessRuntimeOptions) {}

  async prepare(): Promise<void> {
    const { directory } = this.options;
    const longest = this.socketOf("0".repeat(36)).length;
    if (longest > MAX_SOCKET_PATH) {
      throw new Error(`sockets in ${directory} would have paths of ${longest} characters: choose a shorter directory`);
    }
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o700);
    await endLeftovers(directory);
  }

  async start(app: AppSpec, signal: AbortSignal): Promise<RunningApp> {
    signal.throwIfAborted();
    const socketPath = this.socketOf(app.startId);
    const child = this.spawn(app, socketPath);
    const ended = this.endOf(child, socketPath);
    const kill = () => child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    try {
      const how = await Promise.race([listening(child), ended]);
      if (how === undefined) return running(child, socketPath, ended);
      signal.throwIfAborted();
      throw new Error(`the app did not start: ${how}`);
    } finally {
      signal.removeEventListener("abort", kill);
    }
  }

  /** The same program again; it is told to be an app, and nothing that the host knows. */
  private spawn({ app }: AppSpec, socketPath: string): ChildProcess {
    const [, program = ""] = process.argv;
    return fork(program, [RUN_APP], {
      execArgv: [...process.execArgv, `--max-old-space-size=${this.options.memoryMb}`],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: process.env.NODE_ENV,
        [APP_VARIABLES.app]: app,
        [APP_VARIABLES.socket]: socketPath,
      },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // Ctrl-C is for the host, which stops its apps in its own order.
      detached: true,
    });
  }

  private async endOf(child: ChildProcess, socketPath: string): Promise<string> {
    let lastWords = "";
    child.stderr
      ?.setEncoding("utf8")
      .on("data", (text: string) => (lastWords = (lastWords + text).slice(-MAX_LAST_WORDS)));
    const how = await new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(code === null ? String(signal) : `exit code ${code}`));
    });
    await rm(socketPath, { force: true });
    return lastWords === "" ? how : `${how}: ${lastWords.trim()}`;
  }

  private socketOf(startId: string): string {
    return join(this.options.directory, `${startId}.sock`);
  }
}

function running(child: ChildProcess, socketPath: string, ended: Promise<string>): RunningApp {
  return {
    process: String(child.pid),
    address: { socketPath },
    ended,
    stop: async (graceMs) => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Resolves when the app says that it takes connections. */
async function listening(child: ChildProcess): Promise<undefined> {
  for (;;) {
    const [message] = (await once(child, "message")) as [unknown];
    if (message === APP_LISTENS) return undefined;
  }
}

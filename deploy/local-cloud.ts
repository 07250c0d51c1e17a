/** The process that makes real what is recorded: one per environment. It outlives the command that has started it. */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Health } from "../sandbox/cloud/api";
import {
  LocalCloudClient,
  LocalCloudError,
  NETWORK_VARIABLE,
  SOCKET_FILE,
  SOCKET_VARIABLE,
} from "../sandbox/cloud/client";
import { Journal } from "../sandbox/cloud/processes/journal";
import { boundLog } from "../sandbox/cloud/processes/log-file";
import { DeployError } from "./errors";
import { isAlive, killTree, signal } from "./process-tree";

/** Building the services once takes most of the first start. */
const START_MS = 120_000;
/** One that ended because another was quicker finds that other within this time. */
const ANOTHER_MS = 3_000;
/** It gives itself half a minute. */
const STOP_MS = 40_000;
const POLL_MS = 100;
/** Between two lines about a start that takes long. */
const TELL_MS = 10_000;
const TAIL_LINES = 15;

/** What a wait tells, and what ends it early. */
export interface Waiting {
  readonly notify: (text: string) => void;
  /** Throws once the person has had enough. */
  readonly check: () => void;
}

export class LocalCloud {
  readonly client: LocalCloudClient;

  /** @param command words after `node` that start it, but for its directory */
  constructor(
    readonly directory: string,
    readonly logFile: string,
    private readonly command: readonly string[],
  ) {
    this.client = new LocalCloudClient(join(directory, SOCKET_FILE));
  }

  /** How it is; undefined where it does not run. */
  async health(): Promise<Health | undefined> {
    try {
      return await this.client.health();
    } catch (error) {
      if (error instanceof LocalCloudError) return undefined;
      throw error;
    }
  }

  /**
   * Starts it unless it runs, and resolves once it answers. Throws a {@link DeployError} with the end of its log where it does
   * not. A wait that is given up leaves it running.
   */
  async start({ notify, check }: Waiting): Promise<Health> {
    const running = await this.health();
    if (running !== undefined) return running;
    notify("starting the local cloud");
    boundLog(this.logFile);
    const before = existsSync(this.logFile) ? readFileSync(this.logFile).length : 0;
    const process = this.spawn();
    const since = Date.now();
    let told = since;
    for (;;) {
      check();
      const health = await this.health();
      if (health !== undefined) return health;
      const now = Date.now();
      if (process.endedMs() + ANOTHER_MS < now) throw this.failed("ended as it started", before);
      if (now - since > START_MS) throw this.failed(`does not answer within ${START_MS / 1000} s`, before);
      if (now - told > TELL_MS) {
        told = now;
        notify(`the local cloud is still starting; its log: ${this.logFile}`);
      }
      await delay(POLL_MS);
    }
  }

  /**
   * Ends it with everything that it runs, and what one that crashed has left running. Where it does not answer it is asked by a
   * signal; where it does not end it is killed.
   */
  async stop({ notify }: Pick<Waiting, "notify">): Promise<void> {
    const health = await this.health();
    const pid = health?.pid ?? this.startedHere();
    if (pid !== undefined) {
      notify("stopping the local cloud");
      if (health === undefined) signal(pid, "SIGTERM");
      // It may be gone before it has answered.
      else await this.client.stop().catch(() => signal(pid, "SIGTERM"));
      await this.ended(pid, notify);
    }
    rmSync(this.pidFile, { force: true });
    const journal = join(this.directory, "processes");
    if (existsSync(journal)) await new Journal(journal).endLeftovers();
  }

  private async ended(pid: number, notify: (text: string) => void): Promise<void> {
    const deadline = Date.now() + STOP_MS;
    while (isAlive(pid) && Date.now() < deadline) await delay(POLL_MS);
    if (!isAlive(pid)) return;
    notify(`the local cloud did not end within ${STOP_MS / 1000} s: killing it; its log: ${this.logFile}`);
    await killTree(pid);
  }

  /** What plugins are told, so that they wait for what is real and take its addresses. */
  variables({ network }: Health): NodeJS.ProcessEnv {
    return { [SOCKET_VARIABLE]: join(this.directory, SOCKET_FILE), [NETWORK_VARIABLE]: network };
  }

  /** In a session of its own: neither Ctrl-C nor the end of the terminal reaches it. */
  private spawn(): { endedMs: () => number } {
    mkdirSync(dirname(this.logFile), { recursive: true });
    const log = openSync(this.logFile, "a", 0o600);
    let endedMs = Infinity;
    try {
      const child = spawn(process.execPath, [...this.command, "--directory", this.directory], {
        detached: true,
        stdio: ["ignore", log, log],
      });
      const ended = (): number => (endedMs = Math.min(endedMs, Date.now()));
      child.once("exit", ended).once("error", ended);
      if (child.pid !== undefined) writeFileSync(this.pidFile, String(child.pid));
      child.unref();
    } finally {
      closeSync(log);
    }
    return { endedMs: () => endedMs };
  }

  private get pidFile(): string {
    return join(dirname(this.logFile), "local-cloud.pid");
  }

  /** The process that was started last, where it still runs: a number alone may be another's by now. */
  private startedHere(): number | undefined {
    if (!existsSync(this.pidFile)) return undefined;
    const pid = Number(readFileSync(this.pidFile, "utf8"));
    return pid > 0 && commandLine(pid).includes(this.directory) ? pid : undefined;
  }

  private failed(what: string, before: number): DeployError {
    const said = existsSync(this.logFile) ? readFileSync(this.logFile).subarray(before).toString() : "";
    const tail = said.trim().split("\n").slice(-TAIL_LINES).join("\n");
    return new DeployError(`the local cloud ${what}; the end of its log, ${this.logFile}:\n${tail || "(empty)"}`);
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // There is no such process.
  }
}

/** One HAProxy: runs with what it was last told, and says how far it is. */
import { execFile } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Log } from "../../context";
import type { Processes } from "../../processes";
import { ServerProcess } from "../../server-process";
import { allBackends, haproxyConfig, type ConfigFiles, type ProxiedFrontend } from "./config";
import { Drains } from "./drains";
import { stateFile } from "./server-states";
import { Workers } from "./workers";

export interface HaproxyOptions {
  /** For messages and its log's name: `free/europe-west1`. */
  readonly name: string;
  /** Path to the program. */
  readonly executable: string;
  /** Its folder, which exists: a path that is short enough for sockets. */
  readonly directory: string;
  readonly logFile: string;
  readonly processes: Pick<Processes, "start">;
  readonly log: Log;
}

/** What it is to do. */
export interface Task {
  readonly frontends: readonly ProxiedFrontend[];
  /** Addresses whose connections HTTPS frontends refuse. */
  readonly blocked: readonly string[];
}

const CHECK_TIMEOUT_MS = 20_000;
const LOAD_TIMEOUT_MS = 20_000;
const POLL_MS = 25;
/** How often it is asked who is well. */
const HEALTH_POLL_MS = 1_000;
const STOP_TIMEOUT_MS = 3_000;
/** Keys' files are the owner's; so is all else. */
const MODE = 0o600;

export class Haproxy {
  private readonly files: ConfigFiles & { readonly config: string; readonly socket: string };
  private readonly server: ServerProcess;
  private readonly workers: Workers;
  private readonly drains: Drains;
  private readonly timer: NodeJS.Timeout;
  private wanted: Task = { frontends: [], blocked: [] };
  private current: Task = { frontends: [], blocked: [] };
  /** The configuration that it runs with. */
  private mark: string | undefined;
  private failure: string | undefined;
  private converging: Promise<void> | undefined;
  private isStopping = false;
  private wellServers: ReadonlySet<string> = new Set();
  private knownPids: readonly number[] = [];

  constructor(private readonly options: HaproxyOptions) {
    const { directory, executable, name, logFile, processes } = options;
    const at = (file: string) => join(directory, file);
    this.files = {
      config: at("haproxy.cfg"),
      states: at("servers.state"),
      blocked: at("blocked.lst"),
      socket: at("master.sock"),
    };
    const spec = {
      name: `load-balancer/${name}`,
      executable,
      // Master and workers, in the foreground; the master reloads.
      args: ["-W", "-db", "-S", `unix@${this.files.socket}`, "-f", this.files.config],
      environment: { PATH: process.env.PATH ?? "" },
      directory,
      log: logFile,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    };
    this.server = new ServerProcess(processes, spec, () => this.ended());
    this.workers = new Workers(this.files.socket);
    this.drains = new Drains((server) => this.workers.cut({ servers: new Set([server]) }));
    this.timer = setInterval(() => void this.look(), HEALTH_POLL_MS).unref();
  }

  /** Has it do this from now on; begins at once and does not wait. Telling it the same again tries again what has failed. */
  run(task: Task): void {
    this.wanted = task;
    if (this.isStopping) return;
    this.converging ??= this.converge().finally(() => (this.converging = undefined));
  }

  /** Why it does not do what it was last told: it is not there yet, or cannot. Undefined where it does. */
  get trouble(): string | undefined {
    if (this.failure !== undefined) return this.failure;
    if (this.wanted.frontends.length === 0) return this.server.running ? "HAProxy is being ended" : undefined;
    const { mark } = haproxyConfig(this.wanted.frontends, this.files);
    return mark === this.mark && this.server.running ? undefined : "HAProxy is being configured";
  }

  /** Keys of the servers that are well, a second ago. */
  get well(): ReadonlySet<string> {
    return this.wellServers;
  }

  get pids(): readonly number[] {
    return this.server.running ? this.knownPids : [];
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    this.drains.stop();
    await this.server.stop();
    await this.converging;
    // What was under way may have started it.
    await this.server.stop();
  }

  private async converge(): Promise<void> {
    for (let task: Task | undefined; task !== this.wanted && !this.isStopping;) {
      task = this.wanted;
      try {
        await this.apply(task);
        this.failure = undefined;
      } catch (error) {
        const failure = (error as Error).message;
        if (!this.isStopping && failure !== this.failure) {
          this.options.log.error({ haproxy: this.options.name, err: error }, "HAProxy cannot be configured");
        }
        this.failure = failure;
      }
    }
  }

  private async apply(task: Task): Promise<void> {
    if (task.frontends.length === 0) {
      await this.end();
    } else {
      const { text, mark } = haproxyConfig(task.frontends, this.files);
      if (!this.server.running || mark !== this.mark) await this.load(task, text, mark);
      await this.block(task);
    }
    this.current = task;
  }

  /** Nothing is left to serve, and HAProxy does not run without. */
  private async end(): Promise<void> {
    this.mark = undefined;
    this.wellServers = new Set();
    await this.server.kill();
  }

  private async load(task: Task, text: string, mark: string): Promise<void> {
    // The configuration names the list, so that it must be there to be checked.
    this.writeBlocked(task.blocked);
    await this.check(text);
    const wasRunning = this.server.running;
    const known = wasRunning ? await this.workers.well() : new Set<string>();
    writeFileSync(this.files.states, stateFile(allBackends(task.frontends), known), { mode: MODE });
    renameSync(this.candidate, this.files.config);
    if (wasRunning) {
      await this.workers.reload();
    } else {
      rmSync(this.files.socket, { force: true });
      await this.server.start();
    }
    await this.untilLoaded(mark);
    this.mark = mark;
    this.options.log.info({ haproxy: this.options.name, reloaded: wasRunning }, "HAProxy configured");
    await this.letGo(task);
    await this.look();
  }

  /** A frontend that is gone serves nobody any more; a server that is gone finishes what it has, for a while. */
  private async letGo(task: Task): Promise<void> {
    const left = new Set(task.frontends.map(({ name }) => name));
    const gone = new Set(this.current.frontends.flatMap(({ name }) => (left.has(name) ? [] : [name])));
    if (gone.size > 0) await this.workers.cut({ frontends: gone });
    this.drains.changed(allBackends(this.current.frontends), allBackends(task.frontends));
  }

  private async block({ frontends, blocked }: Task): Promise<void> {
    const before = this.current.blocked;
    const added = blocked.filter((address) => !before.includes(address));
    const removed = before.filter((address) => !blocked.includes(address));
    if (added.length === 0 && removed.length === 0) return;
    this.writeBlocked(blocked);
    // Nobody reads the list where there is no HTTPS frontend with a certificate.
    if (!frontends.some((frontend) => frontend.kind === "https" && frontend.tls !== undefined)) return;
    await this.workers.block(this.files.blocked, added, removed);
    if (added.length > 0) await this.workers.cut({ sources: new Set(added) });
  }

  /** For workers to come. */
  private writeBlocked(addresses: readonly string[]): void {
    writeFileSync(this.files.blocked, addresses.map((address) => `${address}\n`).join(""), { mode: MODE });
  }

  private get candidate(): string {
    return `${this.files.config}.candidate`;
  }

  private async check(text: string): Promise<void> {
    writeFileSync(this.candidate, text, { mode: MODE });
    try {
      await promisify(execFile)(this.options.executable, ["-c", "-f", this.candidate], {
        timeout: CHECK_TIMEOUT_MS,
      });
    } catch (error) {
      const { stderr = "", message } = error as { stderr?: string; message: string };
      throw new Error(`haproxy -c refuses the configuration: ${stderr.trim() || message}`, { cause: error });
    }
  }

  private async untilLoaded(mark: string): Promise<void> {
    const deadline = performance.now() + LOAD_TIMEOUT_MS;
    for (;;) {
      await delay(POLL_MS);
      if (!this.server.running) throw new Error(`HAProxy ${this.server.trouble ?? "has ended"}`);
      // The master is away while it reads the configuration.
      const now = await this.workers.loaded().catch(() => undefined);
      if (now?.mark === mark) return;
      if (now !== undefined && now.failedReloads > 0)
        throw new Error(`HAProxy cannot run with its configuration; see ${this.options.logFile}`);
      if (performance.now() > deadline)
        throw new Error(`HAProxy has not loaded its configuration within ${LOAD_TIMEOUT_MS} ms`);
    }
  }

  /** It ended by itself: it is started again, unless it cannot. */
  private ended(): void {
    this.mark = undefined;
    this.wellServers = new Set();
    if (this.isStopping) return;
    this.options.log.error({ haproxy: this.options.name, because: this.server.trouble }, "HAProxy has ended");
    this.run(this.wanted);
  }

  private async look(): Promise<void> {
    if (!this.server.running || this.mark === undefined) return;
    try {
      this.wellServers = await this.workers.well();
      this.knownPids = await this.workers.pids();
    } catch {
      // It is away during a reload, and when it has ended; both are noticed elsewhere.
    }
  }
}

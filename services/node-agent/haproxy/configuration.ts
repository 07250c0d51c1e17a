/** HAProxy's configuration: on disk for when it starts, checked, and loaded into the one that runs. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { edgeConfig, joinedLine } from "./config";
import { writeDurably } from "./durable-file";
import { filesIn } from "./files";
import { Unreachable } from "./runtime/exchange";
import type { Master } from "./runtime/master";
import type { RuntimeApi } from "./runtime/runtime-api";
import type { EdgeSettings, Member, Sibling } from "./settings";

/** A process-wide variable that says which configuration HAProxy runs with. */
const MARK = "proc.configuration";
/** It holds keys. */
const MODE = 0o600;
/** HAProxy reads a million entries of maps in a second or two. */
const CHECK_TIMEOUT_MS = 60_000;
const LOAD_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** HAProxy does not take a configuration; it goes on with the one that it has. */
export class ConfigurationRefused extends Error {
  override readonly name = "ConfigurationRefused";
}

/** What a configuration is made of. */
export interface Parts {
  readonly settings: EdgeSettings;
  readonly siblings: readonly Sibling[];
  readonly members: readonly Member[];
}

export class Configuration {
  private readonly path: string;
  private onDisk: string | undefined;
  /** HAProxy's program, where it is at hand: then nothing gets to the place where HAProxy looks before it has been checked. */
  executable: string | undefined;
  private joined = false;

  constructor(
    directory: string,
    private readonly runtime: RuntimeApi,
    private readonly master: Master,
  ) {
    this.path = filesIn(directory).config;
  }

  /** Whether the edge has joined at any time: the configuration on disk outlives agent and machine. */
  get hasJoined(): boolean {
    return this.joined;
  }

  /** Has the configuration say from now on that the edge has joined. */
  async join(parts: Parts): Promise<void> {
    this.joined = true;
    await this.write(parts);
  }

  /** Puts the configuration where HAProxy finds it when it starts. */
  async write(parts: Parts): Promise<void> {
    await this.read();
    const text = this.textOf(parts);
    if (text === this.onDisk) return;
    if (this.executable !== undefined) await this.check(this.executable, text);
    await writeDurably(this.path, [text], MODE);
    this.onDisk = text;
  }

  /** Writes the file again where somebody else has changed it. Returns whether that was so. */
  async repair(parts: Parts): Promise<boolean> {
    this.onDisk = await readFile(this.path, "utf8").catch(() => undefined);
    if (this.textOf(parts) === this.onDisk) return false;
    await this.write(parts);
    return true;
  }

  private async read(): Promise<void> {
    this.onDisk ??= await readFile(this.path, "utf8").catch(() => undefined);
    this.joined ||= this.onDisk?.includes(joinedLine(true)) === true;
  }

  /** Whether HAProxy runs with it. Members are not looked at, nor whether it has joined: they come and go without a reload. */
  private async isLoaded(parts: Parts): Promise<boolean> {
    return (await this.runtime.variable(MARK)) === markOf(parts);
  }

  /**
   * Writes the configuration and has HAProxy run with it; `beforeReload` is called where that takes a reload, which is what is
   * returned. Rejects with {@link ConfigurationRefused}: the file is then what it was before.
   */
  async load(parts: Parts, beforeReload: () => Promise<void>): Promise<boolean> {
    const before = this.onDisk;
    await this.write(parts);
    if (await this.isLoaded(parts)) return false;
    try {
      await beforeReload();
      await this.master.reload();
      await this.untilLoaded(parts);
      return true;
    } catch (error) {
      if (error instanceof ConfigurationRefused && before !== undefined) {
        await writeDurably(this.path, [before], MODE);
        this.onDisk = before;
      }
      throw error;
    }
  }

  private async untilLoaded(parts: Parts): Promise<void> {
    const deadline = performance.now() + LOAD_TIMEOUT_MS;
    for (;;) {
      await delay(POLL_MS);
      try {
        // The worker answers before its master does.
        const { failedReloads } = await this.master.processes();
        if (await this.isLoaded(parts)) return;
        if (failedReloads > 0) throw new ConfigurationRefused("HAProxy refuses the configuration; see its log");
      } catch (error) {
        // The master is away while it reads the configuration.
        if (!(error instanceof Unreachable)) throw error;
      }
      if (performance.now() > deadline)
        throw new Unreachable(`HAProxy has not loaded the configuration within ${LOAD_TIMEOUT_MS} ms`);
    }
  }

  private textOf(parts: Parts): string {
    const { settings, siblings, members } = parts;
    const config = edgeConfig(settings, siblings, members, { joined: this.joined });
    return `${config}\nglobal\n    set-var ${MARK} str(${markOf(parts)})\n`;
  }

  private async check(executable: string, text: string): Promise<void> {
    const candidate = `${this.path}.candidate`;
    await writeDurably(candidate, [text], MODE);
    try {
      await promisify(execFile)(executable, ["-c", "-q", "-f", candidate], { timeout: CHECK_TIMEOUT_MS });
    } catch (error) {
      const { stderr = "", message } = error as { stderr?: string; message: string };
      throw new ConfigurationRefused(`haproxy -c refuses the configuration: ${stderr.trim() || message}`);
    } finally {
      await rm(candidate, { force: true });
    }
  }
}

function markOf({ settings, siblings }: Parts): string {
  return createHash("sha256")
    .update(edgeConfig(settings, siblings, []))
    .digest("hex");
}

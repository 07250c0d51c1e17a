/**
 * The keys of an edge: what hop headers are signed with, and what workspace tokens are checked with. They are read when the agent
 * starts and every few minutes, and kept on disk, so that an edge starts while nobody can tell it. A rotated key is accepted as soon
 * as it is read, and signs once the other edges must have read it as well.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Log } from "../log";
import { writeDurably } from "./durable-file";
import type { EdgeSettings } from "./settings";

/** Milliseconds between two readings. */
const INTERVAL_MS = 300_000;
/** Two readings of the slowest edge, and what one takes. */
const SETTLED_MS = 3 * INTERVAL_MS;
/** Two: the one in use, and the one before or after it. */
const MAX_KEYS = 2;
const MODE = 0o600;

export type EdgeKeys = Pick<EdgeSettings, "hopKeys" | "workspaceTokenKeys">;
type Name = keyof EdgeKeys;
const NAMES = ["hopKeys", "workspaceTokenKeys"] as const satisfies readonly Name[];

/** Reads a key's versions, the latest first. */
export type KeySource = () => Promise<readonly string[]>;

/** A key, and when it was read first, in milliseconds of the epoch; 0 for one that was there from the beginning. */
interface Known {
  readonly key: string;
  readonly since: number;
}
type Kept = Record<Name, Known[]>;

const known = z.array(z.strictObject({ key: z.string().min(1), since: z.number() })).max(MAX_KEYS);
const kept = z.strictObject({ hopKeys: known, workspaceTokenKeys: known });

export interface KeyRingOptions {
  readonly sources: Readonly<Record<Name, KeySource>>;
  /** Where they are kept, readable for their owner only; HAProxy's configuration beside it holds them, too. */
  readonly file: string;
  readonly log: Pick<Log, "info" | "warn">;
  readonly now?: () => number;
}

export class KeyRing {
  private kept: Kept = { hopKeys: [], workspaceTokenKeys: [] };
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  private constructor(private readonly options: KeyRingOptions) {}

  /** Reads the keys. Where that fails, those that were kept are used; without any it throws. */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    const ring = new KeyRing(options);
    ring.kept = await readKept(options.file);
    const isComplete = NAMES.every((name) => ring.kept[name].length > 0);
    await ring.refresh().catch((error: unknown) => {
      if (!isComplete) throw error;
      options.log.warn({ err: error }, "keys cannot be read; those that were read last are used");
    });
    return ring;
  }

  get keys(): EdgeKeys {
    const now = this.now();
    return {
      hopKeys: signingFirst(this.kept.hopKeys, now),
      workspaceTokenKeys: this.kept.workspaceTokenKeys.map(({ key }) => key),
    };
  }

  /** Begins to read them again now and then, and tells when others are to be used. */
  start(onKeys: (keys: EdgeKeys) => Promise<void>): void {
    this.running ??= this.run(onKeys);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(onKeys: (keys: EdgeKeys) => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    for (let told = this.keys; ;) {
      await delay(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.refresh().catch((error: unknown) => this.options.log.warn({ err: error }, "keys cannot be read"));
      if (isDeepStrictEqual(this.keys, told)) continue;
      told = this.keys;
      await onKeys(told);
    }
  }

  /** Reads them once. */
  private async refresh(): Promise<void> {
    const { sources, file, log } = this.options;
    const [hopKeys, workspaceTokenKeys] = await Promise.all([sources.hopKeys(), sources.workspaceTokenKeys()]);
    const now = this.now();
    const next = {
      hopKeys: merge(hopKeys, this.kept.hopKeys, now),
      workspaceTokenKeys: merge(workspaceTokenKeys, this.kept.workspaceTokenKeys, now),
    };
    if (isDeepStrictEqual(next, this.kept)) return;
    this.kept = next;
    await writeDurably(file, [JSON.stringify(next)], MODE);
    log.info({ hopKeys: next.hopKeys.length, workspaceTokenKeys: next.workspaceTokenKeys.length }, "read other keys");
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

/** Newest first: what was read, then what was read earlier. A key that was destroyed meanwhile is accepted until the next rotation. */
function merge(read: readonly string[], before: readonly Known[], now: number): Known[] {
  const keys = [...new Set([...read.map((key) => key.trim()), ...before.map(({ key }) => key)])].slice(0, MAX_KEYS);
  // To an edge that is new, the older of two is the one that all others have read.
  const isOldest = (key: string) => before.length === 0 && key === keys.at(-1);
  const since = (key: string) => before.find((one) => one.key === key)?.since ?? (isOldest(key) ? 0 : now);
  return keys.map((key) => ({ key, since: since(key) }));
}

function signingFirst(keys: readonly Known[], now: number): string[] {
  const isSettled = (keys[0]?.since ?? 0) + SETTLED_MS <= now;
  const inOrder = isSettled ? keys : [...keys].reverse();
  return inOrder.map(({ key }) => key);
}

async function readKept(file: string): Promise<Kept> {
  try {
    return kept.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return { hopKeys: [], workspaceTokenKeys: [] };
  }
}

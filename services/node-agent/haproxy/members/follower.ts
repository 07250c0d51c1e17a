/**
 * Follows which container VMs there are, by asking every few seconds. What cannot be asked stays as it was last known: whether a VM
 * works is for health checks to say, and a cluster is not emptied because an API is away or has nothing to tell.
 */
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Log } from "../../log";
import type { Member } from "../settings";
import { readKept, writeKept } from "./kept";
import type { MemberSource } from "./source";

/** Milliseconds between two questions: a VM that starts takes minutes, and one that fails is taken out by its health checks. */
const INTERVAL_MS = 5_000;

export interface FollowerOptions {
  readonly source: MemberSource;
  /** Where what was last known is kept. */
  readonly file: string;
  readonly log: Pick<Log, "info" | "warn">;
  /** Told of every change; the next question waits for it. It does not reject. */
  readonly onMembers: (members: readonly Member[]) => Promise<void>;
  /** Default {@link INTERVAL_MS}. */
  readonly intervalMs?: number | undefined;
}

export class MembersFollower {
  private zones = new Map<string, readonly Member[]>();
  private readonly answered = new Set<string>();
  private readonly failing = new Set<string>();
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: FollowerOptions) {}

  /** By name, each once. */
  get members(): readonly Member[] {
    const byName = new Map([...this.zones.values()].flat().map((member) => [member.name, member]));
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Whether every zone has been asked with success since the start. */
  get areAllAsked(): boolean {
    return this.options.source.zones.every((zone) => this.answered.has(zone));
  }

  /** Reads what was last known. */
  async load(): Promise<void> {
    const kept = await readKept(this.options.file);
    this.zones = new Map([...kept].filter(([zone]) => this.options.source.zones.includes(zone)));
  }

  /** Begins to ask. */
  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { intervalMs = INTERVAL_MS } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.askOnce();
      await delay(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async askOnce(): Promise<void> {
    const { source, log } = this.options;
    const answers = await Promise.all(source.zones.map((zone) => this.ask(zone)));
    if (this.stopping.signal.aborted) return;
    const zones = new Map(source.zones.map((zone, index) => [zone, answers[index] ?? this.zones.get(zone) ?? []]));
    if (isDeepStrictEqual(zones, this.zones)) return;
    if ([...zones.values()].every((members) => members.length === 0)) {
      log.warn({ known: this.members.length }, "no container VM is said to run; those known stay, if they are healthy");
      return;
    }
    await this.take(zones);
  }

  private async take(zones: Map<string, readonly Member[]>): Promise<void> {
    const { file, log, onMembers } = this.options;
    const before = new Set(this.members.map(({ name }) => name));
    this.zones = zones;
    const now = this.members.map(({ name }) => name);
    log.info({ joined: now.filter((name) => !before.has(name)), members: now.length }, "container VMs have changed");
    // Not kept, they are asked for again at the next start.
    await writeKept(file, zones).catch((error: unknown) => log.warn({ err: error, file }, "members were not kept"));
    await onMembers(this.members);
  }

  /** A zone's members in an order of their own; nothing where it could not be asked. */
  private async ask(zone: string): Promise<readonly Member[] | undefined> {
    const { source, log } = this.options;
    try {
      const members = [...(await source.members(zone))].sort((a, b) => (a.name < b.name ? -1 : 1));
      this.answered.add(zone);
      if (this.failing.delete(zone)) log.info({ zone }, "container VMs can be asked for again");
      return members;
    } catch (error) {
      if (!this.failing.has(zone))
        log.warn({ err: error, zone }, "container VMs cannot be asked for; those known stay");
      this.failing.add(zone);
      return undefined;
    }
  }
}

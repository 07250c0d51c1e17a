/**
 * A follower of the feed that stands in for an edge or a container host: it keeps what it is told in memory and on disk, obeys
 * it, and only then acknowledges. A test can hold it, so that it acknowledges nothing, crash it and start it again.
 */
import { randomUUID } from "node:crypto";
import { parseKey, type FeedEntry, type FeedLine } from "../../../services/contracts/feed";
import { FeedFollower } from "../../../services/contracts/follow";
import { Journal } from "./journal";

/** Tests kill what nodes follow, and do not want to wait for them to come back. */
const BACKOFF = { baseMs: 100, maxMs: 1_000 };

export interface NodeOptions {
  readonly cluster: string;
  readonly name: string;
  /** Of the control API. */
  readonly url: string;
  readonly token: () => Promise<string>;
  /** Where it keeps its state. */
  readonly file: string;
}

export abstract class SimulatedNode {
  protected readonly entries = new Map<string, FeedEntry>();
  private readonly journal: Journal;
  private follower: FeedFollower | undefined;
  private revision = 0;
  /** What has come since a `reset`, until it is whole. */
  private replacement: Map<string, FeedEntry> | undefined;
  private gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined;

  constructor(
    private readonly kind: "edge" | "host",
    protected readonly options: NodeOptions,
  ) {
    this.journal = new Journal(options.file);
  }

  get cluster(): string {
    return this.options.cluster;
  }

  get name(): string {
    return this.options.name;
  }

  /** Up to which revision it knows the feed and obeys. */
  get appliedRevision(): number {
    return this.revision;
  }

  /** Whether it runs. */
  get up(): boolean {
    return this.follower !== undefined;
  }

  /** Starts it with what is on its disk, as a new process. */
  start(): void {
    if (this.up) throw new Error(`${this.name} is running already`);
    for (const entry of this.journal.read()) this.keep(this.entries, entry);
    const { url, token, cluster, name } = this.options;
    const follower: FeedFollower = new FeedFollower({
      url,
      token,
      kind: this.kind,
      cluster,
      node: name,
      incarnation: randomUUID(),
      after: () => this.revision,
      onLines: (lines) => this.receive(follower, lines),
      timings: { backoff: BACKOFF },
    });
    this.follower = follower;
    follower.start();
  }

  /** Ends it without a word: what is not on its disk is gone. */
  async crash(): Promise<void> {
    const { follower } = this;
    this.follower = undefined;
    this.release();
    await follower?.stop();
    this.entries.clear();
    this.replacement = undefined;
    this.revision = 0;
    this.forget();
  }

  /** From now on it neither obeys nor acknowledges any entry that comes. Heartbeats it acknowledges up to the first one. */
  hold(): void {
    if (this.gate !== undefined) return;
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.gate = { opened, open };
  }

  /** It obeys and acknowledges what has come since. */
  release(): void {
    this.gate?.open();
    this.gate = undefined;
  }

  /** A key's value; nothing where there is no entry. */
  protected valueOf(key: string): unknown {
    return this.entries.get(key)?.value ?? undefined;
  }

  /** Names of the entries of a kind. */
  protected namesOf(kind: string): string[] {
    return [...this.entries.keys()].map(parseKey).flatMap((key) => (key.kind === kind ? [key.name] : []));
  }

  /** Tells the control API how far it is, and users who were asked for here and live elsewhere. */
  protected acknowledge(requested: readonly string[] = []): void {
    this.follower?.acknowledge(this.revision, requested);
  }

  /** Does what a key's entry asks for, and resolves once it is done. `before` is its value until now. */
  protected abstract obey(key: string, before: unknown): Promise<void>;
  /** All entries were replaced, by none where there were some: what is done for no entry must be asked for anew. */
  protected abstract review(): Promise<void>;
  /** The process has died: so has all that it did. */
  protected abstract forget(): void;

  private async receive(follower: FeedFollower, lines: readonly FeedLine[]): Promise<void> {
    if (lines.some(({ type }) => type === "entry")) await this.gate?.opened;
    // It has crashed meanwhile.
    if (this.follower !== follower) return;
    this.journal.append(this.replacement === undefined ? lines.filter((line) => line.type === "entry") : []);
    for (const line of lines) await this.take(line);
    if (this.replacement === undefined) this.acknowledge();
  }

  private async take(line: FeedLine): Promise<void> {
    if (line.type === "reset") {
      this.replacement = new Map();
      return;
    }
    if (line.type === "live") {
      this.revision = Math.max(this.revision, line.revision);
      await this.adopt();
      return;
    }
    if (this.replacement !== undefined) {
      this.keep(this.replacement, line);
      return;
    }
    const before = this.valueOf(line.key);
    this.keep(this.entries, line);
    await this.obey(line.key, before);
  }

  /** Puts what has come since a `reset` in force. */
  private async adopt(): Promise<void> {
    const { replacement } = this;
    if (replacement === undefined) return;
    this.replacement = undefined;
    this.journal.replace([...replacement.values()]);
    const before = new Map(this.entries);
    this.entries.clear();
    for (const [key, entry] of replacement) this.entries.set(key, entry);
    for (const key of new Set([...before.keys(), ...replacement.keys()])) await this.obey(key, before.get(key)?.value);
    await this.review();
  }

  private keep(entries: Map<string, FeedEntry>, entry: FeedEntry): void {
    if (entry.value === null) entries.delete(entry.key);
    else entries.set(entry.key, entry);
    this.revision = Math.max(this.revision, entry.revision);
  }
}

/**
 * The feed's word in force on this host.
 *
 * Entries are obeyed as they are heard, not one batch after the other as the agent keeps and acknowledges them: one user's long
 * download, which is waited for before their leaving is acknowledged, must not hold up another user's arrival. To obey before it
 * is on disk is safe, since nothing that runs outlives the process, and a host that starts again is told again.
 */
import { hostEntries, parseKey, SILENCE_SECONDS, type FeedLine, type Residency } from "../../contracts/feed";
import { difference } from "../../node-agent/agent/difference";
import { Inbox } from "../../node-agent/agent/inbox";
import type { Change, Driver, State } from "../../node-agent/driver";
import type { Log } from "../../node-agent/log";
import type { Residents } from "./residents";

export interface ResidencyDriverOptions {
  readonly residents: Residents;
  /** Revision of the state on disk that the feed continues; undefined without one. */
  readonly revision: number | undefined;
  readonly log: Log;
  /** Silence after which the feed counts as lost. Default: that of the contract. */
  readonly silenceMs?: number;
}

export class ResidencyDriver implements Driver {
  private readonly inbox: Inbox;
  private entries = new Map<string, unknown>();
  private hasHeard = false;
  private silence: NodeJS.Timeout | undefined;
  private rejectAll: (error: Error) => void = () => undefined;
  private readonly stopped = new Promise<never>((_, reject) => (this.rejectAll = reject));

  constructor(private readonly options: ResidencyDriverOptions) {
    this.inbox = new Inbox(options.revision);
    this.stopped.catch(() => undefined);
  }

  /** Obeys lines of the feed, in the order in which they come. To be called before the agent is given them. */
  hear(lines: readonly FeedLine[]): void {
    for (const line of lines) this.inbox.take(line);
    for (let work = this.inbox.next(); work !== undefined; work = this.inbox.next()) {
      this.hasHeard = true;
      const changes = work.type === "changes" ? work.changes : difference(this.entries, work.entries, work.revision);
      for (const change of changes) this.obey(change);
    }
    if (lines.some(({ type }) => type === "live")) this.hearLive();
  }

  /** Takes over what was on disk; of a host without a state that is what has been heard. */
  start(state: State): Promise<void> {
    if (this.hasHeard) return Promise.resolve();
    for (const [key, value] of state) this.obey({ key, value });
    return Promise.resolve();
  }

  /** The changes were obeyed when they were heard; what remains is that apps have stopped that had to. */
  async apply(changes: readonly Change[]): Promise<void> {
    const users = changes.map(({ key }) => parseKey(key)).filter(({ kind }) => kind === "user");
    await this.allSettled(users.map(({ name }) => name));
  }

  /** Nothing here can differ from the state but what runs. */
  async reconcile(state: State): Promise<number> {
    await this.allSettled([...state.keys()].map((key) => parseKey(key).name));
    return 0;
  }

  stop(): Promise<void> {
    clearTimeout(this.silence);
    this.options.residents.stop();
    this.rejectAll(new Error("the host stops"));
    return Promise.resolve();
  }

  private async allSettled(users: readonly string[]): Promise<void> {
    const { residents } = this.options;
    await Promise.race([Promise.all(users.map((user) => residents.settled(user))), this.stopped]);
  }

  private obey({ key, value }: Pick<Change, "key" | "value">): void {
    if (value === null) this.entries.delete(key);
    else this.entries.set(key, value);
    const { kind, name } = parseKey(key);
    if (kind === "user") this.options.residents.told(name, this.residencyOf(key, value));
  }

  private residencyOf(key: string, value: unknown): Residency | undefined {
    if (value === null) return undefined;
    const parsed = hostEntries.user.safeParse(value);
    if (parsed.success) return parsed.data.residency;
    this.options.log.error({ key, value }, "the feed's entry is not understood: update this host; nothing is started");
    return "leaving";
  }

  private hearLive(): void {
    const { residents, log, silenceMs = SILENCE_SECONDS * 1000 } = this.options;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      log.warn({ silenceMs }, "the feed is silent: new apps start only with the control API's word, or without it");
      residents.feedLost();
    }, silenceMs).unref();
    residents.feedLive();
  }
}

/** A container host: runs users' containers where it may, lets requests wait for users who are arriving, stops those who leave. */
import { EventEmitter, once } from "node:events";
import { hostEntries, parseKey, SILENCE_SECONDS, type Residency } from "../../../services/contracts/feed";
import { residencyAnswer } from "../../../services/contracts/resources";
import type { Ledger, RequestOutcome } from "./ledger";
import { SimulatedNode, type NodeOptions } from "./simulated-node";

/** Longest that a request waits for a user who is arriving. */
const HOLD_MS = 30_000;
/** Longest that a request waits for a user who leaves to come back. */
const RETURN_MS = SILENCE_SECONDS * 1000;
/** Longest that the control API is given to say whether a user lives here. */
const QUESTION_MS = 2_000;

export class SimulatedHost extends SimulatedNode {
  private readonly running = new Set<string>();
  /** Tells of each change of an entry, by its key. */
  private readonly changes = new EventEmitter().setMaxListeners(0);
  /** What changes with each entry for a user, and for all users when the process dies. */
  private readonly versions = new Map<string, symbol>();
  private life = Symbol("life");

  constructor(
    private readonly ledger: Ledger,
    options: NodeOptions,
  ) {
    super("host", options);
  }

  /** Users whose containers run here. */
  users(): string[] {
    return [...this.running];
  }

  residencyOf(user: string): Residency | undefined {
    const value = this.valueOf(`user/${user}`);
    return value === undefined ? undefined : hostEntries.user.parse(value).residency;
  }

  /** Takes a request: waits while the user is arriving, or may be about to, and starts the containers if it may. */
  async serve(user: string): Promise<RequestOutcome> {
    const deadline = AbortSignal.timeout(HOLD_MS);
    for (let hasWaited = false; this.up && !deadline.aborted;) {
      const residency = this.residencyOf(user);
      if (residency === "leaving" && hasWaited) return "refused";
      if (residency === "leaving" || residency === "arriving") {
        await this.change(`user/${user}`, residency === "leaving" ? AbortSignal.timeout(RETURN_MS) : deadline);
        hasWaited = true;
        continue;
      }
      if (this.running.has(user) || residency === "resident") return this.run(user);
      const version = this.versionOf(user);
      const resident = await this.ask(user);
      // What the feed has said meanwhile is newer than the answer, which may have been long under way.
      if (this.versionOf(user) !== version) continue;
      if (resident === undefined) return "unavailable";
      return resident ? this.run(user) : "refused";
    }
    return "unavailable";
  }

  protected obey(key: string): Promise<void> {
    const { kind, name } = parseKey(key);
    if (kind !== "user") return Promise.resolve();
    if (this.residencyOf(name) === "leaving") this.halt(name);
    this.versions.set(name, Symbol(name));
    this.changes.emit(key);
    return Promise.resolve();
  }

  protected async review(): Promise<void> {
    for (const user of this.running) {
      if (this.residencyOf(user) === undefined && (await this.ask(user)) !== true) this.halt(user);
    }
  }

  protected forget(): void {
    for (const user of this.running) this.halt(user);
    this.versions.clear();
    this.life = Symbol("life");
    for (const key of this.changes.eventNames()) this.changes.emit(key);
  }

  private run(user: string): RequestOutcome {
    if (!this.running.has(user)) {
      this.running.add(user);
      this.ledger.started(user, this.cluster, this.name);
    }
    return "served";
  }

  private halt(user: string): void {
    if (this.running.delete(user)) this.ledger.stopped(user, this.cluster, this.name);
  }

  private async change(key: string, signal: AbortSignal): Promise<void> {
    await once(this.changes, key, { signal }).catch(() => undefined);
  }

  private versionOf(user: string): symbol {
    return this.versions.get(user) ?? this.life;
  }

  /** Whether the user lives here, as the control API says; nothing where it cannot be asked. */
  private async ask(user: string): Promise<boolean | undefined> {
    try {
      const headers = { authorization: `Bearer ${await this.options.token()}` };
      const signal = AbortSignal.timeout(QUESTION_MS);
      const response = await fetch(`${this.options.url}/v1/residency/${user}`, { headers, signal });
      return response.ok ? residencyAnswer.parse(await response.json()).resident : undefined;
    } catch {
      return undefined;
    }
  }
}

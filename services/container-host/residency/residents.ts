/**
 * Which users may have apps running here: keeps their standings, asks the control API where the feed says nothing, and has the
 * apps stopped of those who may not.
 */
import { EventEmitter } from "node:events";
import type { Residency } from "../../contracts/feed";
import type { Log } from "../../node-agent/log";
import * as standings from "./standing";
import type { Permission, Standing, Verdict } from "./standing";

/** The apps that there are: the pool, as residency sees it. */
export interface Occupancy {
  /** Users with an app that runs, starts or stops. */
  users(): string[];
  /** Whether a user is one of them. */
  has(user: string): boolean;
  /**
   * Stops a user's apps, those that start included. Resolves once nothing of them runs. Where more requests are expected, those
   * that still come are served first.
   */
  stop(user: string, reason: string, options: { readonly expectsMore: boolean }): Promise<void>;
}

export interface ResidentsOptions {
  readonly occupancy: Occupancy;
  /** Asks the control API; never rejects, and answers in seconds at most. */
  readonly ask: (user: string) => Promise<Verdict>;
  readonly log: Log;
  /** Milliseconds between attempts to have running apps confirmed. Default {@link CONFIRM_MS}. */
  readonly confirmMs?: number;
  readonly now?: () => number;
}

const CONFIRM_MS = 5_000;
/** Questions at once about apps that run already: nobody waits for their answers. */
const CONFIRMATIONS_AT_ONCE = 8;

export class Residents {
  /** No two are the same object, so that an answer can be held against the one that it was asked for. */
  private readonly standings = new Map<string, Standing>();
  private readonly questions = new WeakMap<Standing, Promise<void>>();
  /** Stops under way. */
  private readonly halts = new Map<string, Promise<void>>();
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly timer: NodeJS.Timeout;
  private confirming: Promise<void> | undefined;
  private feedIsLive = false;

  constructor(private readonly options: ResidentsOptions) {
    this.timer = setInterval(() => this.tick(), options.confirmMs ?? CONFIRM_MS).unref();
  }

  permission(user: string): Permission {
    return standings.permission(this.standings.get(user) ?? standings.stranger(), this.feedIsLive, this.now());
  }

  /** Calls back at the next change of what is known of a user; returns what takes that back. */
  onChange(user: string, listener: () => void): () => void {
    this.changes.once(user, listener);
    return () => void this.changes.off(user, listener);
  }

  /** Has the control API asked, once for all who ask at the same time. Resolves when {@link permission} knows its answer. */
  async ask(user: string): Promise<void> {
    const standing = this.standings.get(user) ?? standings.stranger();
    this.standings.set(user, standing);
    const asked = this.questions.get(standing);
    if (asked !== undefined) return await asked;
    const question = this.options.ask(user).then((verdict) => this.hearAnswer(user, standing, verdict));
    this.questions.set(standing, question);
    await question;
  }

  /** The feed says this of a user; undefined where their entry was deleted. */
  told(user: string, entry: Residency | undefined): void {
    this.change(user, standings.told(entry));
    if (entry === undefined) this.confirm();
  }

  /** The feed is read, and nothing is missing. */
  feedLive(): void {
    if (this.feedIsLive) return;
    this.feedIsLive = true;
    this.forgetAnswers();
    this.confirm();
  }

  /** Nothing was heard of the feed for so long that others may take this host for dead. */
  feedLost(): void {
    if (!this.feedIsLive) return;
    this.feedIsLive = false;
    this.forgetAnswers();
  }

  /** Users with an entry. */
  entries(): Map<string, Residency> {
    return new Map([...this.standings].flatMap(([user, { entry }]) => (entry === undefined ? [] : [[user, entry]])));
  }

  /** Resolves once nothing runs that had to stop. */
  async settled(user: string): Promise<void> {
    await (this.haltIfMust(user) ?? this.halts.get(user));
  }

  /** Users whose apps run without anybody's word that they may. */
  unconfirmed(): string[] {
    return this.options.occupancy
      .users()
      .filter((user) => standings.isUnconfirmed(this.standings.get(user) ?? standings.stranger(), this.feedIsLive));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private hearAnswer(user: string, asked: Standing, verdict: Verdict): void {
    // What the feed has said meanwhile is newer than the answer, which may have been long under way.
    if (this.standings.get(user) !== asked) return;
    this.change(user, standings.answered(asked, verdict, this.now()));
    if (this.halts.has(user)) {
      this.options.log.warn({ user, verdict }, "the user's apps run here and may not; they are stopped");
    }
  }

  private change(user: string, standing: Standing): void {
    this.standings.set(user, standing);
    // Whoever needs to know that they have stopped asks for it, and is told of a failure.
    this.haltIfMust(user)?.catch((error: unknown) => {
      this.options.log.error({ err: error, user }, "the user's apps could not be stopped");
    });
    this.changes.emit(user);
  }

  private haltIfMust(user: string): Promise<void> | undefined {
    const standing = this.standings.get(user);
    if (standing === undefined || !standings.mustStop(standing, this.feedIsLive)) return undefined;
    const { occupancy } = this.options;
    if (!occupancy.has(user)) return undefined;
    const underWay = this.halts.get(user);
    if (underWay !== undefined) return underWay;
    const { entry } = standing;
    // Edges have known for a moment only that the user leaves.
    const halt = occupancy
      .stop(user, entry ?? "elsewhere", { expectsMore: entry === "leaving" })
      .finally(() => this.halts.delete(user));
    this.halts.set(user, halt);
    return halt;
  }

  private forgetAnswers(): void {
    for (const [user, standing] of this.standings) this.standings.set(user, standings.forgotten(standing));
  }

  private tick(): void {
    for (const [user, standing] of this.standings) {
      if (standings.isSpent(standing, this.now()) && !this.questions.has(standing)) this.standings.delete(user);
    }
    this.confirm();
  }

  /** Asks about apps that run without an answer. Those of users who live elsewhere are stopped. */
  private confirm(): void {
    this.confirming ??= this.confirmAll().finally(() => (this.confirming = undefined));
  }

  private async confirmAll(): Promise<void> {
    const users = this.unconfirmed();
    const worker = async () => {
      for (let user = users.pop(); user !== undefined; user = users.pop()) {
        await this.ask(user);
      }
    };
    await Promise.all(Array.from({ length: CONFIRMATIONS_AT_ONCE }, worker));
  }

  private now(): number {
    return this.options.now?.() ?? performance.now();
  }
}

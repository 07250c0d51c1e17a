/**
 * The agent of a node: keeps the feed's state on disk and in force.
 *
 * It starts its driver from disk and needs no control API for that. Whatever comes of the feed is first on disk, then in force,
 * then, once the feed has said that nothing is missing up to there, acknowledged. One thing is done at a time; what comes meanwhile is done together, next.
 */
import type { FeedLine } from "../contracts/feed";
import { leave, outlasted } from "./agent/departure";
import { difference } from "./agent/difference";
import { Inbox, type Work } from "./agent/inbox";
import { DRAIN_MS, RETRY, type AgentOptions, type Feed } from "./agent/options";
import { GivenUp, persistently, type Persistence } from "./agent/persistently";
import { Reconciliation } from "./agent/reconciliation";
import { RequestedUsers } from "./agent/requested-users";
import type { Change } from "./driver";

export { UNTOLD_MS, type AgentOptions, type Feed } from "./agent/options";

/** Every so often a failed update is replaced by a reconciliation, in case what is served is not what the driver takes it for. */
const RECONCILE_AFTER_FAILURES = 4;

export class Agent {
  private readonly inbox: Inbox;
  private readonly feed: Feed;
  private readonly stopping = new AbortController();
  private readonly working: Promise<void>;
  private appliedRevision = 0;
  private readonly reconciliation: Reconciliation;
  private readonly requested: RequestedUsers;
  /** Resolves once the driver has begun to serve, which a new node's does with the first state that the feed tells. */
  readonly serving: Promise<void>;
  private announce: () => void = () => undefined;
  private hasBegun = false;
  private isOverdue = false;
  /** Wakes the worker, and those who wait for room in the inbox. */
  private wake: () => void = () => undefined;
  private makeRoom: () => void = () => undefined;

  /** Starts at once. */
  constructor(private readonly options: AgentOptions) {
    const { state, feed } = options;
    this.reconciliation = new Reconciliation(options, () => this.wake());
    this.requested = new RequestedUsers(options, {
      // A report is part of an acknowledgement.
      isPossible: () => this.appliedRevision > 0,
      send: (users) => this.feed.acknowledge(this.appliedRevision, users),
    });
    this.serving = new Promise((resolve) => (this.announce = resolve));
    this.inbox = new Inbox(state.isWhole ? state.revision : undefined);
    this.feed = feed(
      () => this.inbox.position,
      (lines) => this.take(lines),
    );
    this.working = this.work();
    // Whoever waits for `ended` is told; until then it is nobody's unhandled rejection.
    this.working.catch(() => undefined);
  }

  /** Resolves when it was stopped; rejects when it cannot go on. */
  get ended(): Promise<void> {
    return this.working;
  }

  /** Whether the driver serves a whole state, and is not about to stop. */
  get isServing(): boolean {
    return this.hasBegun && !this.isStopping;
  }

  /**
   * Ends what is under way, in time. What it drives goes on serving as far as it can by itself. With `leaving` it is kept up to
   * date until it has ended; only then it is said that this node is not to be waited for any longer.
   */
  async stop({ leaving }: { readonly leaving: boolean }): Promise<void> {
    const { drainMs = DRAIN_MS, outlastMs = 0, driver, state, log } = this.options;
    const isOver = leaving && (await outlasted(driver, outlastMs, log));
    this.stopping.abort();
    this.wake();
    this.makeRoom();
    await within(
      drainMs,
      this.working.catch(() => undefined),
    );
    await this.requested.stop();
    if (isOver) await leave(this.feed, log);
    else await this.feed.stop();
    // It ends a call that is still under way, and with it the work.
    await driver.stop();
    await this.working.catch(() => undefined);
    await this.reconciliation.stop();
    await this.keepPosition();
    await state.close();
  }

  private async take(lines: readonly FeedLine[]): Promise<void> {
    for (const line of lines) this.inbox.take(line);
    this.options.metrics.received(this.inbox.position, this.inbox.size);
    this.wake();
    while (this.inbox.isFull && !this.isStopping) {
      await new Promise<void>((resolve) => (this.makeRoom = resolve));
    }
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  private async work(): Promise<void> {
    const { state } = this.options;
    try {
      if (state.isWhole) await this.serve();
      else this.awaitState();
      if (this.isStopping) return;
      this.feed.start();
      if (state.isWhole) await this.confirm(state.revision);
      while (!this.isStopping) await this.workOnce();
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
    }
  }

  private async workOnce(): Promise<void> {
    if (this.reconciliation.takeDue()) {
      await this.keepPosition();
      this.reconciliation.begin();
    }
    const work = this.inbox.next();
    if (work === undefined && this.isOverdue) return await this.serveUntold();
    if (work === undefined) return await new Promise<void>((resolve) => (this.wake = resolve));
    this.makeRoom();
    const start = performance.now();
    await this.putInForce(work);
    if (work.type === "state" || work.revision > this.appliedRevision) this.acknowledge(work.revision);
    if (work.type === "state" || work.changes.length > 0)
      this.options.metrics.applied((performance.now() - start) / 1000);
  }

  private async putInForce(work: Work): Promise<void> {
    const { state } = this.options;
    if (work.type === "changes") {
      if (work.changes.length === 0) return;
      await this.persist(() => state.append(work.changes, work.revision));
      return await this.apply(work.changes);
    }
    const changes = this.hasBegun ? difference(state.entries, work.entries, work.revision) : [];
    await this.persist(() => state.replace(work.entries, work.revision));
    // What was acknowledged of the old state, whose revisions may even have been higher, says nothing of the new one.
    this.appliedRevision = 0;
    this.options.log.info({ entries: work.entries.size, revision: work.revision }, "took over a whole state");
    if (this.hasBegun) return await this.apply(changes);
    await this.serve();
    await this.reconcile();
  }

  private async serve(): Promise<void> {
    const { driver, state, log } = this.options;
    await driver.start(state.entries);
    this.hasBegun = true;
    this.isOverdue = false;
    this.requested.start();
    log.info({ entries: state.entries.size, revision: state.revision }, "serving");
    this.announce();
  }

  private awaitState(): void {
    const { untoldMs, log } = this.options;
    log.info({ untoldMs }, "no state on disk: serving begins when the feed has told one");
    if (untoldMs === undefined) return;
    const fallOverdue = () => {
      this.isOverdue = !this.hasBegun;
      this.wake();
    };
    setTimeout(fallOverdue, untoldMs).unref();
  }

  private async serveUntold(): Promise<void> {
    this.options.log.error("the feed has told nothing; serving begins without it, as if there were nothing to tell");
    await this.serve();
  }

  /** Acknowledges what is served since before this process began, once that is certain. */
  private async confirm(revision: number): Promise<void> {
    await this.reconcile();
    this.acknowledge(revision);
  }

  private async persist(write: () => Promise<void>): Promise<void> {
    await persistently("writing the state to disk", write, this.persistence);
  }

  /** The state on disk has the changes already, so a reconciliation puts them in force as well. */
  private async apply(changes: readonly Change[]): Promise<void> {
    const attempt = async (failures: number): Promise<void> => {
      const isDoubtful = failures > 0 && failures % RECONCILE_AFTER_FAILURES === 0;
      await (isDoubtful ? this.reconciliation.run() : this.options.driver.apply(changes));
    };
    await persistently("putting changes in force", attempt, this.persistence);
  }

  /** The first one, until it succeeds: only it tells what is in force. */
  private async reconcile(): Promise<void> {
    await persistently("reconciliation", () => this.reconciliation.run(), this.persistence);
  }

  private acknowledge(revision: number): void {
    this.appliedRevision = revision;
    this.options.metrics.acknowledged(revision, this.options.state.entries.size, this.inbox.size);
    this.feed.acknowledge(revision);
  }

  /**
   * The feed's position grows with changes that are none of this node's, too, and those are not worth a write each. It is kept now
   * and then, lest a node that has seen nothing for long be told everything again.
   */
  private async keepPosition(): Promise<void> {
    const { state, log } = this.options;
    if (state.revision >= this.appliedRevision) return;
    await state.append([], this.appliedRevision).catch((error: unknown) => {
      log.warn({ err: error }, "the feed's position was not kept; a restart is told again what came since");
    });
  }

  private get persistence(): Persistence {
    const { log, metrics, backoff = RETRY } = this.options;
    return { signal: this.stopping.signal, backoff, log, onFailure: () => metrics.failed() };
  }
}

/** Waits for work, but no longer than that. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, late]);
  clearTimeout(timer);
}

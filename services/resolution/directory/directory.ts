/** Who lives where, in memory: a follower of the feed's scope `directory`, which goes on answering without a store. */
import { SILENCE_SECONDS, type FeedLine } from "../../contracts/feed";
import { normalizedName, parseHostedName, parseUserLabel } from "../../contracts/names";
import { Problem } from "../../contracts/problems";
import type { Resolution } from "../../contracts/resources";
import { DirectoryState } from "./state";
import { Waiters } from "./waiters";

export interface DirectorySettings {
  /** Hosting zone, without trailing dot. */
  readonly zone: string;
  /** The zone's TTL: seconds that an answer may be kept. */
  readonly ttlSeconds: number;
  /** Milliseconds of a monotonic clock; the process's own by default. */
  readonly now?: () => number;
}

/** Exactly one of the three. */
export interface ResolveQuery {
  /** `<app>.<user>.<zone>` or `<user>.<zone>`, or a custom domain; a port is ignored. */
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  readonly domain?: string | undefined;
}

/** Seconds that an answer may be kept about a user who is being moved. */
const MOVING_TTL_SECONDS = 1;
/** Seconds after which to ask a replica again that has just started. */
const STARTING_RETRY_SECONDS = 1;

export class Directory {
  /** What is answered from: the last state that was whole. None before the first. */
  private whole: DirectoryState | undefined;
  /** What lines go into: the same one, or, after a reset, the next, until it is whole. */
  private building = new DirectoryState();
  /** Revision of the last `live` line, which alone tells that everything up to it is in. */
  private liveRevision = 0;
  private readonly waiters = new Waiters();
  private liveAt: number;
  private isConnected = false;
  private readonly now: () => number;

  constructor(private readonly settings: DirectorySettings) {
    this.now = settings.now ?? (() => performance.now());
    this.liveAt = this.now();
  }

  /** Takes the next line of the feed. After a `reset` answers come from the state before it until the new one is whole. */
  apply(line: FeedLine): void {
    switch (line.type) {
      case "reset":
        this.building = new DirectoryState();
        break;
      case "entry":
        this.building.apply(line);
        break;
      case "live":
        this.building.revision = Math.max(this.building.revision, line.revision);
        this.whole = this.building;
        this.liveRevision = this.building.revision;
        this.liveAt = this.now();
        this.isConnected = true;
        this.waiters.reached(this.liveRevision);
        break;
    }
  }

  /** Says that the feed has been lost; answers are stale until it is live again. */
  disconnected(): void {
    this.isConnected = false;
  }

  /** Whether there is anything to answer from. */
  get isReady(): boolean {
    return this.whole !== undefined;
  }

  /** Answers show everything up to this revision. */
  get revision(): number {
    return this.liveRevision;
  }

  /** Where to follow the feed from after an interruption. */
  get position(): number {
    return this.building.revision;
  }

  /** Age of the answers in whole seconds, at least 1; 0 while the feed is live. */
  get stalenessSeconds(): number {
    const seconds = (this.now() - this.liveAt) / 1000;
    return this.isConnected && seconds < SILENCE_SECONDS ? 0 : Math.max(1, Math.floor(seconds));
  }

  /** Waits until answers show a revision; false when they do not within `timeoutMs`. */
  async until(revision: number, timeoutMs: number): Promise<boolean> {
    return this.revision >= revision || (await this.waiters.wait(revision, timeoutMs));
  }

  /**
   * Where a user lives. Throws `unknown-user` or `unknown-domain`, for texts that can be neither too, `invalid-label` and
   * `reserved-label`, and `store-unavailable` before the first state is whole and while a cluster has not come.
   */
  resolve(query: ResolveQuery): Resolution {
    const state = this.whole;
    if (state === undefined) {
      const message = "this replica has just started and does not know the users yet: try again";
      throw new Problem("store-unavailable", message, STARTING_RETRY_SECONDS);
    }
    const label = this.labelOf(state, query);
    const user = state.user(label);
    if (user === undefined) throw new Problem("unknown-user", `there is no user "${label}"`);
    const cluster = state.cluster(user.home);
    if (cluster === undefined) {
      // On the way to the present: the cluster has changed since, and is told later than the users who came to it.
      const message = `this replica has been behind and does not know the cluster "${user.home}" yet: try again`;
      throw new Problem("store-unavailable", message, STARTING_RETRY_SECONDS);
    }
    const { hosting, workspace } = cluster;
    const ttlSeconds = user.moving ? MOVING_TTL_SECONDS : this.settings.ttlSeconds;
    return { user: label, cluster: user.home, hosting, workspace, ttlSeconds };
  }

  /** An entity tag that all replicas give to the same answer, and to no other. */
  etag({ user, cluster, ttlSeconds }: Resolution): string {
    return `"${user}.${cluster}.${this.whole?.cluster(cluster)?.revision ?? 0}.${ttlSeconds}"`;
  }

  private labelOf(state: DirectoryState, { host, user, domain }: ResolveQuery): string {
    const [given, ...more] = [host, user, domain].filter((part) => part !== undefined);
    if (given === undefined || more.length > 0) {
      throw new Problem("invalid-request", "exactly one of host, user and domain names what to resolve");
    }
    if (user !== undefined) return parseUserLabel(user);
    const hosted = host === undefined ? undefined : parseHostedName(host, this.settings.zone);
    return hosted?.user ?? this.ownerOf(state, given);
  }

  private ownerOf(state: DirectoryState, text: string): string {
    const owner = state.domainUser(normalizedName(text.replace(/:\d{1,5}$/, "")) ?? "");
    if (owner !== undefined) return owner;
    const message = `"${text}" is neither a host in ${this.settings.zone} nor a verified custom domain`;
    throw new Problem("unknown-domain", message);
  }
}

/**
 * Where users live, for a web server: asked of the control API, kept for as long as each answer says, and answered from memory while
 * the API is away. An answer that is out of date does no harm: the old cluster passes requests on for longer than answers live.
 */
import type { ControlApi } from "../contracts/client";
import { Problem, type ProblemType } from "../contracts/problems";
import type { Resolution } from "../contracts/resources";
import type { SendPolicy } from "../http/send";

/** Bounds for the client: somebody waits for a page, and the last good answer is better than a late one. */
export const RESOLVE_POLICY: SendPolicy = { timeoutMs: 1_000, attempts: 2, backoff: { baseMs: 50, maxMs: 200 } };

export interface ClusterResolverOptions {
  readonly api: Pick<ControlApi, "resolveAgain">;
  /** Answers kept at most; those that were asked for longest ago go first. Default 100,000, some 50 MB. */
  readonly maxUsers?: number;
  /** Told when the API cannot be asked, at most once in {@link RETRY_MS}. */
  readonly onUnavailable?: (error: unknown) => void;
  /** Milliseconds of a monotonic clock; given by tests only. */
  readonly now?: () => number;
}

/** An answer. */
export interface Located {
  readonly resolution: Resolution;
  /** Whether it is older than it should be, because the API is away. */
  readonly isStale: boolean;
}

interface Kept {
  readonly resolution: Resolution;
  readonly etag: string | undefined;
  readonly freshUntil: number;
}

const DEFAULT_MAX_USERS = 100_000;
/** How long the API is left alone after it was away: without this every request would wait for it in vain. */
export const RETRY_MS = 2_000;
/** Refusals that are the answer. Any other is trouble of the API's or of this server's token, and no reason to forget anybody. */
const VERDICTS: readonly ProblemType[] = ["unknown-user", "invalid-label", "reserved-label"];

export class ClusterResolver {
  /** In the order in which they were asked for last. */
  private readonly kept = new Map<string, Kept>();
  private readonly asking = new Map<string, Promise<Located>>();
  private readonly now: () => number;
  private awayUntil = -Infinity;

  constructor(private readonly options: ClusterResolverOptions) {
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * Where a user lives. Throws a {@link Problem} such as `unknown-user` where there is no such user, and what went wrong where the API
   * cannot be asked and never answered for this user before.
   */
  async resolve(user: string): Promise<Located> {
    const known = this.recall(user);
    if (known !== undefined && this.now() < known.freshUntil) return { resolution: known.resolution, isStale: false };
    if (known !== undefined && this.now() < this.awayUntil) return { resolution: known.resolution, isStale: true };
    const asking = this.asking.get(user) ?? this.ask(user, known).finally(() => this.asking.delete(user));
    this.asking.set(user, asking);
    return await asking;
  }

  private async ask(user: string, known: Kept | undefined): Promise<Located> {
    // Counted from before the question, as the answer was true some time after it.
    const start = this.now();
    try {
      const { resolution = known?.resolution, etag } = await this.options.api.resolveAgain({ user }, known?.etag);
      if (resolution === undefined)
        throw new Error("the control API said that nothing has changed, but nothing was known");
      this.keep(user, { resolution, etag, freshUntil: start + resolution.ttlSeconds * 1000 });
      return { resolution, isStale: false };
    } catch (error) {
      if (error instanceof Problem && VERDICTS.includes(error.type)) {
        this.kept.delete(user);
        throw error;
      }
      this.noteUnavailable(error);
      if (known === undefined) throw error;
      return { resolution: known.resolution, isStale: true };
    }
  }

  private noteUnavailable(error: unknown): void {
    if (this.now() >= this.awayUntil) this.options.onUnavailable?.(error);
    this.awayUntil = this.now() + RETRY_MS;
  }

  private recall(user: string): Kept | undefined {
    const known = this.kept.get(user);
    if (known === undefined) return undefined;
    this.kept.delete(user);
    this.kept.set(user, known);
    return known;
  }

  private keep(user: string, answer: Kept): void {
    this.kept.delete(user);
    this.kept.set(user, answer);
    const { maxUsers = DEFAULT_MAX_USERS } = this.options;
    const [oldest] = this.kept.keys();
    if (this.kept.size > maxUsers && oldest !== undefined) this.kept.delete(oldest);
  }
}

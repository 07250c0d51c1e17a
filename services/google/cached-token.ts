/** A token that is fetched when it is needed, and again shortly before it expires. */

/** A token that was just fetched. */
export interface FetchedToken {
  readonly token: string;
  readonly lifetimeMs: number;
}

/** Part of its lifetime before whose end a token is replaced: six minutes of Google's hour, so that none expires on its way. */
const MARGIN = 0.1;
/** After a failure, and while the old token is good, callers get that; the next attempt is made after this. */
const RETRY_MS = 5_000;

export class CachedToken {
  private cached: { token: string; refreshAt: number; expiresAt: number } | undefined;
  private fetching: Promise<string> | undefined;

  /** @param now milliseconds of a monotonic clock: that of the machine may be set while a token is kept. */
  constructor(
    private readonly fetchToken: () => Promise<FetchedToken>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** A token that is good for a while; whoever asks at once shares one request. */
  async get(): Promise<string> {
    if (this.cached !== undefined && this.now() < this.cached.refreshAt) return this.cached.token;
    this.fetching ??= this.refresh().finally(() => (this.fetching = undefined));
    return await this.fetching;
  }

  private async refresh(): Promise<string> {
    // Counted from before the request: the token was made some time during it.
    const start = this.now();
    try {
      const { token, lifetimeMs } = await this.fetchToken();
      this.cached = { token, refreshAt: start + lifetimeMs * (1 - MARGIN), expiresAt: start + lifetimeMs };
      return token;
    } catch (error) {
      if (this.cached === undefined || this.now() >= this.cached.expiresAt) throw error;
      this.cached.refreshAt = Math.min(this.now() + RETRY_MS, this.cached.expiresAt);
      return this.cached.token;
    }
  }
}

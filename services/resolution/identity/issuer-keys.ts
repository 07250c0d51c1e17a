/**
 * The issuer's public keys, over HTTP. Static stability: keys that were fetched once go on counting while the issuer cannot be
 * reached, and a refresh happens beside the requests, not in their way.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTHeaderParameters, type KeyLike } from "jose";
import { Problem } from "../../contracts/problems";

/** Age at which the next use of the keys fetches them again; Google publishes new ones hours before it uses them. */
const REFRESH_AFTER_MS = 10 * 60_000;
/** Least time between two fetches for keys that nobody knows, however many tokens name such. */
const COOLDOWN_MS = 30_000;
const FETCH_TIMEOUT_MS = 5_000;
/** Least time between two fetches while there are no keys at all. */
const RETRY_AFTER_SECONDS = 1;

/** How keys are fetched, and what time it is: for tests. */
export interface IssuerKeysOptions {
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds that only go forward. */
  readonly now?: () => number;
}

export class IssuerKeys {
  private keys: ReturnType<typeof createLocalJWKSet> | undefined;
  private fetchedAt = -Infinity;
  private fetching: Promise<void> | undefined;
  private readonly fetch: NonNullable<IssuerKeysOptions["fetch"]>;
  private readonly now: () => number;

  constructor(
    private readonly url: string,
    options: IssuerKeysOptions = {},
  ) {
    this.fetch = options.fetch ?? fetch;
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * The key that a token's header names, in the form that `jwtVerify` takes. Throws jose's JWKSNoMatchingKey where the issuer
   * has no such key, and `issuer-unavailable` while no keys are known at all.
   */
  readonly find = async (header: JWTHeaderParameters): Promise<KeyLike> => {
    if (this.keys === undefined) await this.refresh(RETRY_AFTER_SECONDS * 1000);
    else void this.refresh(REFRESH_AFTER_MS);
    if (this.keys === undefined) throw unavailable(this.url);
    try {
      return await this.keys(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.refresh(COOLDOWN_MS);
      return await this.keys(header);
    }
  };

  /** Fetches the keys unless that was tried less than `afterMs` ago; one fetch serves all who wait. A failure changes nothing. */
  private refresh(afterMs: number): Promise<void> {
    if (this.fetching === undefined && this.now() - this.fetchedAt < afterMs) return Promise.resolve();
    this.fetching ??= this.load().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async load(): Promise<void> {
    this.fetchedAt = this.now();
    try {
      const response = await this.fetch(this.url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
      if (response.ok) this.keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
      else await response.body?.cancel();
    } catch {
      // Whoever needs keys that are not there is told so by `find`.
    }
  }
}

function unavailable(url: string): Problem {
  const message = `no token can be verified: the issuer's keys cannot be fetched from ${url}; try again`;
  return new Problem("issuer-unavailable", message, RETRY_AFTER_SECONDS);
}

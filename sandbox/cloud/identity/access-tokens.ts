/** Access tokens of service accounts: opaque, one at a time per account, kept over restarts. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { AccessToken } from "../../issuer/metadata-server";
import { writeWhole } from "../write-whole";

/** Seconds that a token is good for: as long as Google lets them live, since databases know each account's one as its password. */
const LIFETIME_SECONDS = 12 * 3600;
/** One that has less than this left is given to nobody any more. */
const LEAST_SECONDS = 60;

/** Hears of an account's new token, before anybody has it. */
export type AccessTokenListener = (email: string, token: string) => Promise<void>;

interface Kept {
  readonly email: string;
  readonly token: string;
  /** In ms since 1970. */
  readonly expires: number;
}

export class AccessTokens {
  private readonly kept: Kept[];
  private readonly making = new Map<string, Promise<Kept>>();
  private readonly listeners: AccessTokenListener[] = [];

  /**
   * @param file where they are kept, for its owner alone; its folder exists.
   * @param now milliseconds since 1970.
   */
  constructor(
    private readonly file: string,
    private readonly now: () => number = Date.now,
  ) {
    this.kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept[]) : [];
  }

  /** A listener's failure is no reason not to give the token: it must see to it itself. */
  onNew(listener: AccessTokenListener): void {
    this.listeners.push(listener);
  }

  /** The account's token, made if need be. */
  async get(email: string): Promise<AccessToken> {
    const kept = this.find(email) ?? (await this.make(email));
    return { token: kept.token, expiresInSeconds: Math.floor((kept.expires - this.now()) / 1000) };
  }

  /** The account's token, if it has one that is given out. */
  current(email: string): string | undefined {
    return this.find(email)?.token;
  }

  /** Whose token this is; undefined where it is nobody's or has expired. */
  ownerOf(token: string): string | undefined {
    return this.kept.find((kept) => kept.token === token && kept.expires > this.now())?.email;
  }

  private find(email: string): Kept | undefined {
    // Of two the later one: the older is good for a while yet, but not given out.
    return this.kept.findLast((kept) => kept.email === email && kept.expires - this.now() >= LEAST_SECONDS * 1000);
  }

  /** Whoever asks at once gets the same. */
  private async make(email: string): Promise<Kept> {
    const making = this.making.get(email) ?? this.announce(email).finally(() => this.making.delete(email));
    this.making.set(email, making);
    return await making;
  }

  private async announce(email: string): Promise<Kept> {
    const token = `ya29.${randomBytes(48).toString("base64url")}`;
    const made = { email, token, expires: this.now() + LIFETIME_SECONDS * 1000 };
    await Promise.allSettled(this.listeners.map((listener) => listener(email, token)));
    this.kept.splice(0, this.kept.length, ...this.kept.filter(({ expires }) => expires > this.now()), made);
    writeWhole(this.file, JSON.stringify(this.kept));
    return made;
  }
}

/** The token that lets a browser open a WebSocket to a user's app: made by the web server, checked by the cluster's edges. */
import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";

/** What edges expect: HMAC with a key that web server and edges share, which HAProxy checks by itself. */
export const WORKSPACE_TOKEN = { algorithm: "HS256", issuer: "web-server", audience: "workspace" } as const;
/** Seconds between the page that asks for a token and its WebSocket. It is not asked for again while that is open. */
export const LIFETIME_SECONDS = 60;
/** Octets of a key for HMAC-SHA256 that keep its strength (RFC 2104, 3). */
const MIN_KEY_OCTETS = 32;

export interface WorkspaceClaims {
  readonly user: string;
  readonly app: string;
}

export class WorkspaceTokens {
  private readonly key: Uint8Array;

  /** @param key the secret `workspaceTokenKey`, as text. Throws an error that does not show it where it is too short. */
  constructor(key: string) {
    this.key = new TextEncoder().encode(key.trim());
    if (this.key.length < MIN_KEY_OCTETS) {
      throw new Error(`the workspace token key has ${this.key.length} octets; it must have ${MIN_KEY_OCTETS} or more`);
    }
  }

  /**
   * A token for one user's app. It names no cluster: whichever the user lives in when it is used has the same key, and a tombstone
   * may lie on the way.
   */
  async sign({ user, app }: WorkspaceClaims): Promise<string> {
    return await new SignJWT({ app })
      .setProtectedHeader({ alg: WORKSPACE_TOKEN.algorithm, typ: "JWT" })
      .setSubject(user)
      .setIssuer(WORKSPACE_TOKEN.issuer)
      .setAudience(WORKSPACE_TOKEN.audience)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .sign(this.key);
  }
}

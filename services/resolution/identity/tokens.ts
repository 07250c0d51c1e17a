/** OIDC tokens: verified once each, then remembered until they expire. */
import { errors, jwtVerify, type JWTPayload } from "jose";
import { Problem } from "../../contracts/problems";
import type { IssuerKeys } from "./issuer-keys";

/** Asymmetric only: a key set holds public keys, and a MAC checked with one would prove nothing. */
const ALGORITHMS = ["RS256", "ES256"];
/** How far the issuer's clock may be off. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** Tokens remembered: an hour's worth of nodes and services, at some 2 KB each. */
const MAX_REMEMBERED = 10_000;

export interface TokenVerifierOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: Pick<IssuerKeys, "find">;
}

export class TokenVerifier {
  /** By token, oldest first: a signature costs fifty microseconds, and callers use a token for an hour. */
  private readonly remembered = new Map<string, { email: string; expiresAtMs: number }>();

  constructor(private readonly options: TokenVerifierOptions) {}

  /** The email of a token that was verified before and is still good; nothing says that {@link verify} must tell. */
  recall(token: string): string | undefined {
    const known = this.remembered.get(token);
    if (known === undefined || known.expiresAtMs > Date.now()) return known?.email;
    this.remembered.delete(token);
    return undefined;
  }

  /** The verified email that a token proves, in lower case. Throws `unauthenticated` with the reason. */
  async verify(token: string): Promise<string> {
    const { issuer, audience, keys } = this.options;
    const payload = await jwtVerify(token, keys.find, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["exp"],
    }).then(({ payload }) => payload, refuse);
    const email = emailOf(payload);
    this.remember(token, email, ((payload.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000);
    return email;
  }

  private remember(token: string, email: string, expiresAtMs: number): void {
    const oldest = this.remembered.size >= MAX_REMEMBERED ? this.remembered.keys().next().value : undefined;
    if (oldest !== undefined) this.remembered.delete(oldest);
    this.remembered.set(token, { email, expiresAtMs });
  }
}

function emailOf(payload: JWTPayload): string {
  const { email, email_verified: verified } = payload;
  if (typeof email !== "string" || verified !== true) {
    throw new Problem("unauthenticated", "the token carries no verified email: ask for one with its claims in full");
  }
  return email.toLowerCase();
}

/** jose's reasons name the claim that is wrong and never the token's contents. */
function refuse(error: unknown): never {
  if (!(error instanceof errors.JOSEError)) throw error;
  throw new Problem("unauthenticated", `the token is not accepted (${error.message}): send a fresh one`);
}

/** The issuer's key pair: made once, and kept in a file where tokens are to outlive the process. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JSONWebKeySet, type JWK, type JWTPayload } from "jose";

/** As Google signs. */
const ALGORITHM = "RS256";

export class SigningKeys {
  private constructor(private readonly pair: JWK) {}

  /** Reads the pair from a file, or makes one and writes it there; without a file it lives as long as the process. */
  static async open(file?: string): Promise<SigningKeys> {
    if (file !== undefined && existsSync(file)) return new SigningKeys(JSON.parse(readFileSync(file, "utf8")) as JWK);
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    const pair = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: ALGORITHM, use: "sig" };
    if (file !== undefined) writeFileSync(file, JSON.stringify(pair), { mode: 0o600 });
    return new SigningKeys(pair);
  }

  /** The public half, as issuers publish it. */
  publicKeys(): JSONWebKeySet {
    const { kty, n, e, kid, alg, use } = this.pair;
    return { keys: [{ kty, n, e, kid, alg, use } as JWK] };
  }

  /** A token with these claims and no other. */
  async sign(claims: JWTPayload): Promise<string> {
    const { kid } = this.pair;
    const header = { alg: ALGORITHM, ...(kid !== undefined && { kid }) };
    return await new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(this.pair, ALGORITHM));
  }
}

/**
 * An OIDC issuer of the local cloud: signs identity tokens as Google does for service accounts, and publishes its keys on loopback.
 */
import { json, Listener, NOT_FOUND, type Answerer, type ListenerOptions } from "./listener";
import { startMetadataServer, type MachineAccount } from "./metadata-server";
import { SigningKeys } from "./signing-keys";

/** Seconds that Google's tokens are good for. */
const LIFETIME_SECONDS = 3600;
const JWKS_PATH = "/keys";

export interface IssuerOptions extends ListenerOptions {
  /** Where the key pair is kept. Without it every start has another, and earlier tokens are worth nothing. */
  readonly keyFile?: string;
  /** Answers what is asked for at other paths than the issuer's own. Default: nothing is there. */
  readonly others?: Answerer;
}

/** Who a token is for, and for whom it is good. */
export interface TokenRequest {
  readonly email: string;
  readonly audience: string;
  /** Claims that replace the usual ones; one that is undefined is left out. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export class LocalIssuer {
  private readonly metadataServers: Listener[] = [];

  private constructor(
    private readonly keys: SigningKeys,
    private readonly listener: Listener,
  ) {}

  static async start({ keyFile, others = () => NOT_FOUND, ...where }: IssuerOptions = {}): Promise<LocalIssuer> {
    const keys = await SigningKeys.open(keyFile);
    const answer: Answerer = (url, request) =>
      url.pathname === JWKS_PATH ? json(keys.publicKeys()) : others(url, request);
    return new LocalIssuer(keys, await Listener.start(answer, where));
  }

  /** Where it listens, as `<address>:<port>`. */
  get host(): string {
    return this.listener.host;
  }

  /** What tokens name as their issuer. */
  get url(): string {
    return `http://${this.host}`;
  }

  /** Where its public keys are. */
  get jwksUrl(): string {
    return `${this.url}${JWKS_PATH}`;
  }

  /** An identity token, as Google's metadata server gives it with `format=full`. */
  async token({ email, audience, claims = {} }: TokenRequest): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return await this.keys.sign({
      iss: this.url,
      aud: audience,
      sub: email,
      email,
      email_verified: true,
      iat: now,
      exp: now + LIFETIME_SECONDS,
      ...claims,
    });
  }

  /** An identity token, as a metadata server gives it: without the email unless it is asked for everything. */
  async identityToken(email: string, audience: string, full: boolean): Promise<string> {
    return await this.token({ email, audience, claims: full ? {} : { email: undefined, email_verified: undefined } });
  }

  /**
   * Starts a metadata server for a machine that runs as this service account, and returns `<address>:<port>`: the value of
   * GCE_METADATA_HOST.
   */
  async metadataServer(email: string, address?: string, port?: number): Promise<string> {
    const account: MachineAccount = {
      email,
      identityToken: (audience, full) => this.identityToken(email, audience, full),
      // Opaque to whoever gets it; a token of this issuer, so that what takes it here can check it.
      accessToken: async () => ({
        token: await this.token({ email, audience: this.url }),
        expiresInSeconds: LIFETIME_SECONDS,
      }),
    };
    const listener = await startMetadataServer(() => account, { address, port });
    this.metadataServers.push(listener);
    return listener.host;
  }

  /** Stops it and the metadata servers. */
  async stop(): Promise<void> {
    await Promise.all([this.listener, ...this.metadataServers.splice(0)].map((listener) => listener.stop()));
  }
}

/**
 * An OIDC issuer of the local cloud: signs identity tokens as Google does for service accounts, publishes its keys on loopback,
 * and stands in for the metadata server that a machine asks for the tokens of its own service account.
 */
import type { IncomingMessage } from "node:http";
import { json, Listener, NOT_FOUND, type Answer } from "./listener";
import { SigningKeys } from "./signing-keys";

/** Seconds that Google's tokens are good for. */
const LIFETIME_SECONDS = 3600;
const JWKS_PATH = "/keys";
const ACCOUNT_PATH = "/computeMetadata/v1/instance/service-accounts/default/";
/** Without this header a metadata server answers nobody, so that a page in a browser cannot ask; it answers with it too. */
const FLAVOR = { "metadata-flavor": "Google" };

export interface IssuerOptions {
  /** Where the key pair is kept. Without it every start has another, and earlier tokens are worth nothing. */
  readonly keyFile?: string;
  readonly address?: string;
  readonly port?: number;
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

  static async start({ keyFile, address, port }: IssuerOptions = {}): Promise<LocalIssuer> {
    const keys = await SigningKeys.open(keyFile);
    const listener = await Listener.start(
      ({ pathname }) => (pathname === JWKS_PATH ? json(keys.publicKeys()) : NOT_FOUND),
      address,
      port,
    );
    return new LocalIssuer(keys, listener);
  }

  /** What tokens name as their issuer. */
  get url(): string {
    return `http://${this.listener.host}`;
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

  /**
   * Starts a metadata server for a machine that runs as this service account, and returns `<address>:<port>`: the value of
   * GCE_METADATA_HOST.
   */
  async metadataServer(email: string, address?: string, port?: number): Promise<string> {
    const listener = await Listener.start((url, request) => this.metadata(email, url, request), address, port);
    this.metadataServers.push(listener);
    return listener.host;
  }

  /** Stops it and the metadata servers. */
  async stop(): Promise<void> {
    await Promise.all([this.listener, ...this.metadataServers.splice(0)].map((listener) => listener.stop()));
  }

  private async metadata(email: string, url: URL, request: IncomingMessage): Promise<Answer> {
    if (request.headers["metadata-flavor"] !== FLAVOR["metadata-flavor"]) {
      return { status: 403, body: "send the header Metadata-Flavor: Google\n", contentType: "text/plain" };
    }
    const { pathname, searchParams } = url;
    if (pathname === `${ACCOUNT_PATH}email`) return text(email);
    if (pathname === `${ACCOUNT_PATH}token`) return await this.accessToken(email);
    if (pathname === `${ACCOUNT_PATH}identity`) return await this.identity(email, searchParams);
    return NOT_FOUND;
  }

  private async identity(email: string, query: URLSearchParams): Promise<Answer> {
    const audience = query.get("audience");
    if (audience === null || audience === "")
      return { ...text("non-empty audience parameter required\n"), status: 400 };
    // Google leaves the email out unless it is asked for everything.
    const claims = query.get("format") === "full" ? {} : { email: undefined, email_verified: undefined };
    return text(await this.token({ email, audience, claims }));
  }

  /** Opaque to whoever gets it; a token of this issuer, so that what takes it here can check it. */
  private async accessToken(email: string): Promise<Answer> {
    const token = await this.token({ email, audience: this.url });
    return json({ access_token: token, expires_in: LIFETIME_SECONDS, token_type: "Bearer" }, FLAVOR);
  }
}

function text(body: string): Answer {
  return { status: 200, body, contentType: "text/plain", headers: FLAVOR };
}

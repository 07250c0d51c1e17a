/**
 * Service accounts and their tokens: an OIDC issuer, a metadata server per account, and the HTTP server of Google's APIs, which takes
 * the tokens. All listen at one address; ports stay the same over restarts.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { LocalIssuer } from "../../issuer";
import { NOT_FOUND, type Answer, type Listener } from "../../issuer/listener";
import { startMetadataServer, type MachineAccount } from "../../issuer/metadata-server";
import { text } from "../../provider/values";
import type { CloudContext, Identities } from "../context";
import { SETTLED, type Controller, type Records, type ResourceName, type Standing } from "../controller";
import { AccessTokens, type AccessTokenListener } from "./access-tokens";
import { KeptPorts } from "./kept-ports";

const FOLDER = "identity";
const ACCOUNT = "gcp:serviceaccount/account:Account";
const ACCOUNT_DOMAIN = ".gserviceaccount.com";
/** What the metadata server of machines without an account is kept as. */
const NOBODY = "";

export interface LocalIdentitiesOptions {
  /** The cluster of the machine that has an address; undefined for any other. Default: no partition reaches anybody. */
  readonly clusterOf?: (address: string) => string | undefined;
}

/** Part of Google's APIs: answers a request, or undefined for one of another part. */
export type Api = (url: URL, account: string | undefined) => Answer | undefined;

export class LocalIdentities implements Identities, Controller {
  readonly name = "service accounts";
  readonly awaited = [ACCOUNT];

  private readonly tokens: AccessTokens;
  private readonly ports: KeptPorts;
  private readonly apis: Api[] = [];
  private readonly metadataServers = new Map<string, Listener>();
  private accounts: ReadonlySet<string> = new Set();
  private started: LocalIssuer | undefined;

  constructor(
    private readonly context: CloudContext,
    private readonly options: LocalIdentitiesOptions = {},
  ) {
    mkdirSync(join(context.directory, FOLDER), { recursive: true, mode: 0o700 });
    this.tokens = new AccessTokens(this.file("access-tokens.json"));
    this.ports = new KeptPorts(this.file("ports.json"));
  }

  /** Begins to listen; to be called before anything is asked of it. */
  async start(): Promise<void> {
    this.started ??= await this.ports.listen("apis", async (port) => await this.startIssuer(port));
    await this.serveMetadata(NOBODY);
  }

  /** A metadata server for each account that is recorded. */
  async reconcile(records: Records): Promise<void> {
    this.accounts = new Set(records.google(ACCOUNT).map(({ outputs }) => text(outputs.email)));
    await Promise.all([...this.accounts].map(async (email) => await this.serveMetadata(email)));
  }

  standing({ id }: ResourceName): Standing {
    const email = id.slice(id.lastIndexOf("/") + 1);
    const serves = this.metadataServers.has(email) || !this.accounts.has(email);
    return serves ? SETTLED : { is: "pending", because: "its metadata server does not listen yet" };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.metadataServers.values()].map((listener) => listener.stop()));
    this.metadataServers.clear();
    await this.started?.stop();
    this.started = undefined;
  }

  /** Throws for an account that is not recorded: no machine can be given one that does not exist. */
  metadataHost(serviceAccount: string): string {
    const listener = this.metadataServers.get(serviceAccount);
    if (listener === undefined) throw new Error(`there is no service account ${serviceAccount}`);
    return listener.host;
  }

  /** Throws for a service account that is not recorded. */
  async identityToken(email: string, audience: string): Promise<string> {
    if (email.endsWith(ACCOUNT_DOMAIN) && !this.accounts.has(email))
      throw new Error(`there is no service account ${email}`);
    return await this.issuer.token({ email, audience });
  }

  get endpoints(): Identities["endpoints"] {
    const { url, jwksUrl } = this.issuer;
    return { issuer: url, jwks: jwksUrl, compute: url, secretManager: url };
  }

  /** Whether there is such an account. */
  exists(email: string): boolean {
    return this.accounts.has(email);
  }

  /** The access token that an account has now; undefined where nobody has asked for one. */
  currentAccessToken(email: string): string | undefined {
    return this.tokens.current(email);
  }

  /** The listener is awaited before anybody gets a new token. What it throws is not heard. */
  onAccessToken(listener: AccessTokenListener): void {
    this.tokens.onNew(listener);
  }

  /** Adds a part of Google's APIs. */
  serve(api: Api): void {
    this.apis.push(api);
  }

  private get issuer(): LocalIssuer {
    if (this.started === undefined) throw new Error("the issuer of tokens has not been started");
    return this.started;
  }

  private async startIssuer(port: number): Promise<LocalIssuer> {
    return await LocalIssuer.start({
      ...this.listenerOptions(port),
      keyFile: this.file("issuer-key.json"),
      others: (url, { headers }) => this.callApi(url, headers.authorization),
    });
  }

  private callApi(url: URL, authorization: string | undefined): Answer {
    const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? "") ?? [];
    const owner = token === undefined ? undefined : this.tokens.ownerOf(token);
    const account = owner !== undefined && this.accounts.has(owner) ? owner : undefined;
    for (const api of this.apis) {
      const answer = api(url, account);
      if (answer !== undefined) return answer;
    }
    return NOT_FOUND;
  }

  private async serveMetadata(email: string): Promise<void> {
    if (this.metadataServers.has(email)) return;
    const account: MachineAccount = {
      email,
      identityToken: async (audience, full) => await this.issuer.identityToken(email, audience, full),
      accessToken: async () => await this.tokens.get(email),
    };
    const current = () => (this.accounts.has(email) ? account : undefined);
    const name = `metadata ${email}`;
    const start = async (port: number) => await startMetadataServer(current, this.listenerOptions(port));
    this.metadataServers.set(email, await this.ports.listen(name, start));
  }

  private listenerOptions(port: number) {
    const admits = (client: string) => {
      const cluster = this.options.clusterOf?.(client);
      return cluster === undefined || !this.context.faults().partitioned.includes(cluster);
    };
    return { address: this.context.network.own("google"), port, admits };
  }

  private file(name: string): string {
    return join(this.context.directory, FOLDER, name);
  }
}

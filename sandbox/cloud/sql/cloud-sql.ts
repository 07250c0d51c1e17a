/**
 * Cloud SQL: a real PostgreSQL per instance, of whatever version this machine has. It listens at the instance's private address with
 * a certificate of the sandbox's authority; databases and users are as recorded.
 *
 * Logins of service accounts: PostgreSQL cannot ask Google whether a token is good. So the account's access token is its user's
 * password, as long as records let the account log in; identities give an account one token at a time, and none before it is set here.
 */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { list, object, text } from "../../provider/values";
import type { Authority } from "../authority";
import type { CloudContext, Units } from "../context";
import { SETTLED, type Controller, type Records, type ResourceName, type Standing, type Unit } from "../controller";
import { PROJECT_MEMBER } from "../identity/grants";
import type { LocalIdentities } from "../identity";
import type { Processes } from "../processes/processes";
import {
  DATABASE,
  declaredInstances,
  INSTANCE,
  instanceIdIn,
  LOGIN_ROLE,
  USER,
  type DeclaredInstance,
} from "./declared";
import { SqlServer } from "./sql-server";

/** How long a new token may be kept from its account by a database that does not answer. */
const ROTATE_TIMEOUT_MS = 3_000;

export interface CloudSqlOptions {
  readonly processes: Pick<Processes, "start">;
  readonly identities: Pick<LocalIdentities, "exists" | "currentAccessToken" | "onAccessToken">;
  readonly authority: Pick<Authority, "issue" | "certificateFile">;
}

export class CloudSql implements Controller, Units {
  readonly name = "Cloud SQL";
  readonly awaited = [INSTANCE, DATABASE, USER, PROJECT_MEMBER];

  private readonly servers = new Map<string, SqlServer>();
  /** Being removed, by the id of their instances: why they have not gone yet. */
  private readonly leaving = new Map<string, string>();
  /** Tokens that are about to be given out, by account. */
  private readonly announced = new Map<string, string>();
  private refused: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly context: CloudContext,
    private readonly options: CloudSqlOptions,
  ) {
    options.identities.onAccessToken((email, token) => this.rotate(email, token));
  }

  reconcile(records: Records): Promise<void> {
    const { instances, refused } = declaredInstances(records, (email) => this.options.identities.exists(email));
    this.refused = new Map([...refused, ...this.distrusted(records)]);
    const { down } = this.context.faults();
    for (const instance of instances) {
      if (!this.leaving.has(instance.id))
        this.serverOf(instance).want({ instance, down: down.includes(instance.name) });
    }
    // One that is recorded and refused stays as it was: its data is not to be lost by a mistake.
    const recorded = new Set(records.google(INSTANCE).map(({ id }) => id));
    for (const [id, server] of this.servers) if (!recorded.has(id)) this.remove(id, server);
    return Promise.resolve();
  }

  standing({ type, id }: ResourceName): Standing {
    const because = this.refused.get(id);
    if (because !== undefined) return { is: "failed", because };
    // A grant is for whatever instance its condition names.
    if (type === PROJECT_MEMBER) return id.includes(`/${LOGIN_ROLE}/`) ? this.worst() : SETTLED;
    const instanceId = type === INSTANCE ? id : instanceIdIn(id);
    const leaving = this.leaving.get(instanceId);
    if (leaving !== undefined) return { is: "pending", because: leaving };
    return this.servers.get(instanceId)?.standing ?? SETTLED;
  }

  units(): readonly Unit[] {
    return [...this.servers.values()].map(({ instance, standing, endpoint, pids }) => ({
      name: instance.name,
      kind: "database",
      failureDomain: instance.labels["failure-domain"] ?? "shared",
      role: instance.labels.role ?? "database",
      region: instance.region,
      address: endpoint.host,
      healthy: standing.is === "settled",
      ...(standing.is !== "settled" && { trouble: standing.because }),
      pids,
    }));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.stop()));
  }

  private serverOf(instance: DeclaredInstance): SqlServer {
    const known = this.servers.get(instance.id);
    if (known !== undefined) return known;
    const { processes, authority, identities } = this.options;
    const tokenOf = (email: string) => this.announced.get(email) ?? identities.currentAccessToken(email);
    const server = new SqlServer(instance, { context: this.context, processes, authority, tokenOf });
    this.servers.set(instance.id, server);
    return server;
  }

  private remove(id: string, server: SqlServer): void {
    this.servers.delete(id);
    this.leaving.set(id, "its server is being stopped and its data removed");
    const done = server.remove().then(
      () => void this.leaving.delete(id),
      (error: Error) => void this.leaving.set(id, error.message),
    );
    void done.finally(() => this.context.wake());
  }

  /** A database that is away gets the token when it is back. */
  private async rotate(email: string, token: string): Promise<void> {
    this.announced.set(email, token);
    const late = new AbortController();
    const rotations = [...this.servers.values()].map((server) => server.rotate(email, token));
    const given = Promise.allSettled(rotations);
    await Promise.race([given, delay(ROTATE_TIMEOUT_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
    this.context.wake();
  }

  private worst(): Standing {
    const standings = [...this.servers.values()].map(({ standing }) => standing);
    return standings.find(({ is }) => is !== "settled") ?? SETTLED;
  }

  /** Instances whose clients have been told of another authority than their servers' certificates are signed by. */
  private distrusted(records: Records): [string, string][] {
    const authority = readFileSync(this.options.authority.certificateFile, "utf8").trim();
    const trusts = (cert: unknown) => typeof cert === "string" && cert.trim() === authority;
    return records
      .google(INSTANCE)
      .filter(({ outputs }) => !list(outputs.serverCaCerts).some((given) => trusts(object(given).cert)))
      .map(({ id, outputs }) => [
        id,
        `${text(outputs.name)} was recorded with another authority (serverCaCerts) than this sandbox has: make the instance anew`,
      ]);
  }
}

/** One instance of Cloud SQL: a PostgreSQL of its own, kept as it is declared. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Authority, IssuedCertificate } from "../authority";
import type { CloudContext } from "../context";
import { SETTLED, type Standing } from "../controller";
import type { Endpoint } from "../network";
import type { Processes } from "../processes/processes";
import { signal } from "../processes/process-group";
import { ServerProcess } from "../server-process";
import { asAdmin, type AdminAccess } from "./admin";
import { DataFolder } from "./data-folder";
import type { DeclaredInstance } from "./declared";
import { passwordStatement, plan, QUERIES, type Actual, type ActualRole } from "./plan";
import { program } from "./programs";
import { CERTIFICATE_FILE, hostAuthentication, KEY_FILE, serverArguments, serverName } from "./server-settings";

const POSTGRES_PORT = 5432;
const STOP_TIMEOUT_MS = 15_000;
/** Recovery after a crash takes seconds. */
const START_TIMEOUT_MS = 60_000;
const LOOK_MS = 50;

export interface SqlServerOptions {
  readonly context: CloudContext;
  readonly processes: Pick<Processes, "start">;
  readonly authority: Pick<Authority, "issue" | "certificateFile">;
  /** The access token that a service account has now. */
  readonly tokenOf: (email: string) => string | undefined;
}

/** What it is to be. */
interface Wanted {
  readonly instance: DeclaredInstance;
  /** Whether a drill keeps it dead. */
  readonly down: boolean;
}

export class SqlServer {
  private readonly folder: DataFolder;
  private server: ServerProcess | undefined;
  /** Passwords by role, as they were set since the start. */
  private readonly passwords = new Map<string, string | undefined>();
  private wanted: Wanted;
  /** What it was last made to be. */
  private reached: DeclaredInstance | undefined;
  private trouble: string | undefined;
  private working: Promise<void> | undefined;
  private ended = false;

  constructor(
    instance: DeclaredInstance,
    private readonly options: SqlServerOptions,
  ) {
    this.folder = new DataFolder(options.context.directory, instance.name);
    this.wanted = { instance, down: false };
  }

  get instance(): DeclaredInstance {
    return this.wanted.instance;
  }

  get pids(): readonly number[] {
    return this.server?.pids ?? [];
  }

  /** Where it listens. */
  get endpoint(): Endpoint {
    return { host: this.instance.address, port: this.options.context.network.port(POSTGRES_PORT) };
  }

  /** How far it is what it was last wanted to be. */
  get standing(): Standing {
    if (this.wanted.down) return { is: "pending", because: "down by a fault" };
    if (this.isReached) return SETTLED;
    return { is: "pending", because: this.trouble ?? "the server is being set up" };
  }

  /** Begins to make it so; what fails is tried again at the next call. */
  want(wanted: Wanted): void {
    this.wanted = wanted;
    if (!this.ended) this.begin();
  }

  /** Sets the password of those who log in as an account by its new token. */
  async rotate(email: string, token: string): Promise<void> {
    const users = this.instance.users.filter(
      ({ login }) => login !== undefined && "account" in login && login.account === email,
    );
    if (users.length === 0 || this.server?.running !== true || this.reached === undefined) return;
    await asAdmin(this.access(), async (client) => {
      for (const { name } of users) {
        await client.query(passwordStatement(name, token));
        this.passwords.set(name, token);
      }
    });
  }

  /** Ends it; the data stays. */
  async stop(): Promise<void> {
    this.ended = true;
    await this.working;
    await this.server?.stop();
  }

  /** Ends it, and removes its data. */
  async remove(): Promise<void> {
    this.ended = true;
    await this.working;
    await this.server?.kill();
    this.folder.remove();
  }

  private begin(): void {
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  /** One attempt for whatever is wanted by then. */
  private async work(): Promise<void> {
    try {
      if (this.wanted.down) {
        await this.server?.kill();
        this.reached = undefined;
        return;
      }
      while (!this.ended && !this.wanted.down && !(this.isReached && this.hasPasswords)) {
        const { instance } = this;
        await this.converge(instance);
        this.reached = instance;
        this.trouble = undefined;
        this.options.context.wake();
      }
    } catch (error) {
      const { message } = error as Error;
      const { log } = this.options.context;
      if (this.trouble !== message)
        log.error({ instance: this.instance.name, err: error }, "Cloud SQL: an instance is not as declared");
      this.trouble = message;
    }
  }

  private get isReached(): boolean {
    return this.server?.running === true && JSON.stringify(this.reached) === JSON.stringify(this.instance);
  }

  /** Whether everybody's password is what it is to be; tokens change by themselves. */
  private get hasPasswords(): boolean {
    return this.instance.users.every(
      ({ name }) => this.passwords.has(name) && this.passwords.get(name) === this.passwordOf(name),
    );
  }

  private async converge(instance: DeclaredInstance): Promise<void> {
    await this.folder.ensure();
    const certificate = await this.options.authority.issue([serverName(instance)]);
    await this.run(instance, certificate);
    await this.apply(instance);
  }

  /** Has a server run with these settings. */
  private async run(instance: DeclaredInstance, certificate: IssuedCertificate): Promise<void> {
    const { folder } = this;
    const changed = [
      folder.write(CERTIFICATE_FILE, readFileSync(certificate.certFile, "utf8")),
      folder.write(KEY_FILE, readFileSync(certificate.keyFile, "utf8")),
      folder.write("pg_hba.conf", hostAuthentication(instance)),
    ].some(Boolean);
    const args = serverArguments(folder.data, this.endpoint, instance.flags);
    if (JSON.stringify(this.server?.spec.args) !== JSON.stringify(args)) {
      await this.server?.stop();
      this.server = this.newServer(args);
    }
    const { server } = this;
    if (server === undefined) return;
    if (server.running && changed) for (const pid of server.pids) signal(pid, "SIGHUP");
    if (server.running) return;
    this.passwords.clear();
    this.reached = undefined;
    folder.removeStaleLock();
    await server.start();
    await this.untilReady(server);
  }

  private newServer(args: readonly string[]): ServerProcess {
    const { context, processes } = this.options;
    const { data, user } = this.folder;
    const spec = {
      name: `cloud-sql/${this.instance.name}`,
      executable: program("postgres"),
      args,
      environment: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
      directory: data,
      log: join(context.directory, "logs", `cloud-sql-${this.instance.name}.log`),
      // "Fast": it ends the sessions, and writes everything out.
      stopSignal: "SIGINT",
      stopTimeoutMs: STOP_TIMEOUT_MS,
      ...(user !== undefined && { user }),
    } as const;
    // One that does not even come up is tried again when the controllers come by, not at once.
    return new ServerProcess(processes, spec, () => this.reached !== undefined && context.wake());
  }

  private async untilReady(server: ServerProcess): Promise<void> {
    const access = this.access();
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (!server.running) throw new Error(`PostgreSQL ${server.trouble ?? "has ended"}`);
      if (this.ended || this.wanted.down) throw new Error("it is not wanted any more");
      try {
        return await asAdmin(access, async (client) => void (await client.query("select 1")));
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
      await delay(LOOK_MS);
    }
  }

  /** Databases, roles and passwords. */
  private async apply(instance: DeclaredInstance): Promise<void> {
    await asAdmin(this.access(), async (client) => {
      const read = async <T extends object>(query: string) => (await client.query<T>(query)).rows;
      const actual: Actual = {
        roles: await read<ActualRole>(QUERIES.roles),
        databases: await read<Actual["databases"][number]>(QUERIES.databases),
      };
      for (const statement of plan(instance, actual)) await client.query(statement);
      for (const { name } of instance.users) {
        const password = this.passwordOf(name);
        if (this.passwords.has(name) && this.passwords.get(name) === password) continue;
        await client.query(passwordStatement(name, password));
        this.passwords.set(name, password);
      }
    });
  }

  private passwordOf(user: string): string | undefined {
    const login = this.instance.users.find(({ name }) => name === user)?.login;
    if (login === undefined) return undefined;
    return "password" in login ? login.password : this.options.tokenOf(login.account);
  }

  private access(): AdminAccess {
    return {
      endpoint: this.endpoint,
      password: this.folder.adminPassword,
      authority: readFileSync(this.options.authority.certificateFile, "utf8"),
      serverName: serverName(this.instance),
    };
  }
}

/** A PostgreSQL of a test's own: real, empty, on a Unix socket in a temporary folder, gone with the test. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { until } from "./until";

/** Where Debian's packages put the programs, one folder per major version; elsewhere they are on PATH. */
const DEBIAN = "/usr/lib/postgresql";
const PORT = 5432;
const USER = "resolution";

/** How to reach it, as `pg` takes it. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export class TestPostgres {
  private server: ChildProcess | undefined;
  private databases = 0;

  private constructor(private readonly folder: string) {}

  /** Creates and starts one. With `durable` it survives being killed, as in production; otherwise it does not wait for disks. */
  static async start({ durable = false } = {}): Promise<TestPostgres> {
    const postgres = new TestPostgres(createFolder());
    await postgres.restart(durable);
    return postgres;
  }

  /** The server's process; none while it is stopped. */
  get pid(): number | undefined {
    return this.server?.pid;
  }

  /** Starts it again after {@link kill}, on the same data. */
  async restart(durable = false): Promise<void> {
    rmSync(join(this.folder, "data", "postmaster.pid"), { force: true });
    const settings = [...BASE_SETTINGS, ...(durable ? [] : HASTY_SETTINGS), `unix_socket_directories=${this.folder}`];
    const options = settings.flatMap((setting) => ["-c", setting]);
    // A test that fails before it stops this must neither keep the run from ending nor leave it behind: hence the signal
    // on the parent's death, and nothing to wait for.
    const command = ["--pdeathsig", "KILL", program("postgres"), "-D", join(this.folder, "data"), ...options];
    const server = spawn("setpriv", command, {
      ...unprivileged(),
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.server = server;
    let log = "";
    server.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
    server.unref();
    (server.stderr as Socket).unref();
    await until("PostgreSQL", async () => {
      if (server.exitCode !== null) throw new Error(`postgres ended: ${log}`);
      return await this.isReady();
    });
  }

  /** A new empty database. */
  async createDatabase(): Promise<PostgresAddress> {
    const database = `test${++this.databases}`;
    await this.run(`create database ${database}`);
    return { ...this.address(), database };
  }

  /** Kills the server and all its processes at once, as a power cut would. */
  async kill(): Promise<void> {
    const server = this.server;
    if (server?.pid === undefined) return;
    this.server = undefined;
    // A script that has nothing else left to do waits for this.
    server.ref();
    const workers = childrenOf(server.pid);
    server.kill("SIGKILL");
    for (const pid of workers) killIfRunning(pid);
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }

  /** Stops it and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private address(): PostgresAddress {
    return { host: this.folder, port: PORT, user: USER, database: "postgres" };
  }

  private async isReady(): Promise<boolean> {
    return await this.run("select 1").then(
      () => true,
      () => false,
    );
  }

  private async run(statement: string): Promise<void> {
    const client = new Client({ ...this.address(), connectionTimeoutMillis: 1000 });
    try {
      await client.connect();
      await client.query(statement);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

const BASE_SETTINGS = ["listen_addresses=", `port=${PORT}`, "max_connections=100", "shared_buffers=64MB", "jit=off"];
const HASTY_SETTINGS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const owner = unprivileged();
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (owner.uid !== undefined && owner.gid !== undefined) {
    for (const path of [folder, data]) chownSync(path, owner.uid, owner.gid);
  }
  const options = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", `--username=${USER}`];
  execFileSync(program("initdb"), ["-D", data, ...options], { ...owner, stdio: "pipe" });
  return folder;
}

/** PostgreSQL refuses to run as root: then as the user that Debian's package made for it. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" })));
  return uid === undefined || gid === undefined ? {} : { uid, gid };
}

function program(name: string): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const paths = versions.map((version) => join(DEBIAN, version, "bin", name));
  return paths.find((path) => existsSync(path)) ?? name;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

function killIfRunning(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself when the server did.
  }
}

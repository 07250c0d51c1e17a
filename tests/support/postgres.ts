/** A PostgreSQL of a test's own: real, empty, on a Unix socket in a temporary folder, gone with the test. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { program, serverUser } from "../../sandbox/cloud/sql/programs";
import { createData, USER } from "./postgres-data";
import { until } from "./until";

const PORT = 5432;

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
    const postgres = new TestPostgres(await createFolder());
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
      ...serverUser(),
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

async function createFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const owner = serverUser();
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  await createData(join(folder, "data"));
  return folder;
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

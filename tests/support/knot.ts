/** A Knot of a test's own: real, fed by the real driver, on a free loopback port, gone with the test. */
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { State } from "../../services/node-agent/driver";
import { createKnotDriver, type KnotDriver, type KnotSettings } from "../../services/node-agent/knot";
import { until } from "./until";

export const ZONE = "example.test";
/** Seconds. */
export const TTL = 60;
const HOST = "127.0.0.1";

/** What was logged, for tests that look. */
export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

export class TestKnot {
  readonly log: LogLine[] = [];
  readonly key = randomBytes(32).toString("base64");
  private readonly drivers: KnotDriver[] = [];

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly overrides: Partial<KnotSettings>,
  ) {}

  /** Chooses a port and a folder; starts nothing. */
  static async create(overrides: Partial<KnotSettings> = {}): Promise<TestKnot> {
    const folder = mkdtempSync(join(tmpdir(), "knot-"));
    const user = unprivileged();
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    chmodSync(folder, 0o755);
    return new TestKnot(folder, await freePort(), overrides);
  }

  /** A Knot that is started, and the driver that feeds it. */
  static async start(state: State = new Map(), overrides: Partial<KnotSettings> = {}): Promise<TestKnot> {
    const knot = await TestKnot.create(overrides);
    await knot.startDriver(state).catch(async (error: unknown) => {
      await knot.stop();
      throw error;
    });
    return knot;
  }

  get settings(): KnotSettings {
    const user = unprivileged();
    const write = (level: LogLine["level"]) => (fields: object, message: string) => {
      this.log.push({ level, fields, message });
    };
    return {
      zone: ZONE,
      ttlSeconds: TTL,
      nameServers: { [`eu.ns.${ZONE}`]: "192.0.2.53", [`us.ns.${ZONE}`]: "2001:db8::53" },
      address: { host: HOST, port: this.port },
      listen: [`${HOST}@${this.port}`],
      updateKey: this.key,
      configFile: join(this.folder, "run", "knot.conf"),
      storageDirectory: join(this.folder, "storage"),
      stateDirectory: join(this.folder, "agent"),
      supervise: user === undefined ? {} : { user },
      // The tests are one client that asks fast.
      rateLimit: { exempt: ["127.0.0.0/8"] },
      log: { info: write("info"), warn: write("warn"), error: write("error") },
      ...this.overrides,
    };
  }

  /** A driver as an agent that starts makes it; not started. */
  createDriver(settings: KnotSettings = this.settings): KnotDriver {
    const driver = createKnotDriver(settings);
    this.drivers.push(driver);
    return driver;
  }

  /** Starts an agent's driver, which starts or takes over Knot. */
  async startDriver(state: State, overrides: Partial<KnotSettings> = {}): Promise<KnotDriver> {
    const driver = this.createDriver({ ...this.settings, ...overrides });
    await driver.start(state);
    return driver;
  }

  /** The driver that was made last. */
  get driver(): KnotDriver {
    const driver = this.drivers.at(-1);
    if (driver === undefined) throw new Error("no driver was made");
    return driver;
  }

  /** Knot's process; waits for it where one is being started. */
  async pid(): Promise<number> {
    return await until("Knot's process", () => this.drivers.map(({ knotPid }) => knotPid).find(Boolean));
  }

  /** Runs `kdig` against it and returns what it prints. */
  async dig(...args: readonly string[]): Promise<string> {
    return (await run("kdig", [`@${HOST}`, "-p", String(this.port), "+timeout=5", "+retry=2", ...args])).stdout;
  }

  /** Runs Knot's own tool against it. */
  async control(...args: readonly string[]): Promise<string> {
    const socket = join(this.folder, "run", "knot.sock");
    return (await run(program("knotc"), ["--socket", socket, ...args])).stdout;
  }

  /** Changes a record by hand as an operator would. */
  async byHand(...changes: readonly (readonly ["set" | "unset", ...string[]])[]): Promise<void> {
    await this.control("zone-begin", ZONE);
    for (const [verb, ...args] of changes) await this.control(`zone-${verb}`, ZONE, ...args);
    await this.control("zone-commit", ZONE);
  }

  /** Sends an update with Knot's tool, signed with a key as `-y` takes it; rejects with what it prints. */
  async update(statement: string, key?: string): Promise<void> {
    const file = join(this.folder, `update-${randomBytes(4).toString("hex")}`);
    writeFileSync(file, [`server ${HOST} ${this.port}`, `zone ${ZONE}`, statement, "send", ""].join("\n"));
    await run("knsupdate", [...(key === undefined ? [] : ["-y", key]), file]);
  }

  /** Stops Knot and the drivers, and removes everything. */
  async stop(): Promise<void> {
    await Promise.all(this.drivers.map((driver) => driver.stop()));
    killLeftOver(join(this.folder, "run", "knot.pid"));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A port that is free for UDP and TCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, HOST);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const socket = createSocket("udp4");
    const free = await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false));
      socket.bind(port, HOST, () => socket.close(() => resolve(true)));
    });
    server.close();
    await once(server, "close");
    if (free) return port;
  }
}

/** The user that Knot runs as where the tests run as root: the one that Debian's package made for it. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid = NaN, gid = NaN] = ["-u", "-g"].map((flag) =>
    Number(execFileSync("id", [flag, "knot"], { encoding: "utf8" })),
  );
  return { uid, gid };
}

function program(name: string): string {
  return `/usr/sbin/${name}`;
}

function run(file: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(file, args, { timeout: 60_000, maxBuffer: 1 << 26 });
}

/** A Knot whose agent was killed on purpose has nobody else who ends it. */
function killLeftOver(pidFile: string): void {
  try {
    process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
  } catch {
    // Knot has ended, and its pid file is gone.
  }
}

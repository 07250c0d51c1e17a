/** An edge as an agent runs it: real HAProxy, fed by the real driver, gone with the test. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Change, State } from "../../../../services/node-agent/driver";
import { createEdgeDriver, type EdgeDriver, type EdgeDriverSettings } from "../../../../services/node-agent/haproxy";
import { filesIn, NO_ENTRY, type MapName } from "../../../../services/node-agent/haproxy/files";
import { parseProcesses, type Processes } from "../../../../services/node-agent/haproxy/runtime/answers";
import type { EdgeSettings, Member } from "../../../../services/node-agent/haproxy/settings";
import { until } from "../../../support/until";
import { RecordingLog } from "../recording-log";
import { ask, type Answer, type Asking } from "./config/clients";
import { settingsOf, ZONE, type EdgeOptions } from "./config/edge";

export { ZONE };

/** Where members come from in tests; each zone can be made to fail. */
export class FakeSource {
  readonly zones: string[];
  readonly failing = new Set<string>();
  asked = 0;

  constructor(readonly byZone: Record<string, readonly Member[]> = { z: [] }) {
    this.zones = Object.keys(byZone);
  }

  members(zone: string): Promise<readonly Member[]> {
    this.asked++;
    if (this.failing.has(zone)) return Promise.reject(new Error(`${zone} cannot be asked`));
    return Promise.resolve(this.byZone[zone] ?? []);
  }
}

export class DrivenEdge {
  readonly recorded = new RecordingLog();
  private readonly drivers: EdgeDriver[] = [];

  private constructor(
    readonly settings: EdgeSettings,
    readonly source: FakeSource,
    private readonly overrides: Partial<EdgeDriverSettings>,
  ) {}

  /** Chooses addresses and a folder; starts nothing. */
  static async create(
    options: EdgeOptions = {},
    source = new FakeSource(),
    overrides: Partial<EdgeDriverSettings> = {},
  ): Promise<DrivenEdge> {
    const settings = await settingsOf({
      ...options,
      limits: { stopSeconds: 5, slowStartSeconds: 1, ...options.limits },
    });
    return new DrivenEdge(settings, source, overrides);
  }

  static async start(state: State = new Map(), ...args: Parameters<typeof DrivenEdge.create>): Promise<DrivenEdge> {
    const edge = await DrivenEdge.create(...args);
    await edge.startDriver(state);
    return edge;
  }

  get driverSettings(): EdgeDriverSettings {
    const { tuning, ...rest } = this.overrides;
    return {
      edge: this.settings,
      members: this.source,
      executable: "haproxy",
      log: this.recorded.log,
      tuning: { watchMs: 100, membersMs: 100, ...tuning },
      ...rest,
    };
  }

  async startDriver(state: State): Promise<EdgeDriver> {
    const driver = createEdgeDriver(this.driverSettings);
    this.drivers.push(driver);
    await driver.start(state);
    return driver;
  }

  get driver(): EdgeDriver {
    const driver = this.drivers.at(-1);
    if (driver === undefined) throw new Error("no driver was made");
    return driver;
  }

  get files() {
    return filesIn(this.settings.directory);
  }

  /** Says something to the runtime API. */
  async runtime(command: string): Promise<string> {
    return await say(this.files.runtimeSocket, command);
  }

  async processes(): Promise<Processes> {
    return parseProcesses("show proc", await say(this.files.masterSocket, "show proc"));
  }

  /** The process that answers requests; waits for one. */
  async worker(): Promise<number> {
    return await until("HAProxy's worker", async () => {
      const answer = await this.runtime("show info").catch(() => "");
      return Number(/^Pid: (\d+)$/m.exec(answer)?.[1] ?? 0) || undefined;
    });
  }

  /** A map as HAProxy applies it. */
  async inForce(name: MapName): Promise<Map<string, string>> {
    const { base, recent } = this.files.maps[name];
    const merged = new Map([...(await this.entries(base)), ...(await this.entries(recent))]);
    return new Map([...merged].filter(([, value]) => value !== NO_ENTRY));
  }

  private async entries(path: string): Promise<[string, string][]> {
    const lines = (await this.runtime(`show map ${path}`)).split("\n").filter((line) => line !== "");
    return lines.map((line) => line.split(" ").slice(1) as [string, string]);
  }

  /** A request for a user's app. */
  async get(user: string, asking: Asking = {}): Promise<Answer> {
    const { bindAddress: host, ports } = this.settings;
    return await ask({ host, port: ports.hosting }, `app.${user}.${ZONE}`, asking);
  }

  /** Kills HAProxy, master and workers, at once. */
  async kill(): Promise<void> {
    const { master, workers, oldWorkers } = await this.processes();
    for (const pid of [master, ...workers, ...oldWorkers]) process.kill(pid, "SIGKILL");
  }

  async stop(): Promise<void> {
    await Promise.all(this.drivers.map((driver) => driver.stop()));
    killLeftOver(this.files.config);
  }
}

/** Changes that give users tombstones. */
export function moved(users: readonly string[], cluster: string | null, revision = 1): Change[] {
  return users.map((user) => ({ key: `tombstone/${user}`, value: cluster === null ? null : { cluster }, revision }));
}

export function users(count: number, prefix = "user"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

async function say(path: string, command: string): Promise<string> {
  const socket = connect(path);
  socket.setTimeout(5000, () => socket.destroy(new Error(`no answer to ${command}`)));
  socket.end(`${command}\n`);
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  return answer.trim();
}

/** A HAProxy whose agent was killed on purpose has nobody else who ends it. */
function killLeftOver(config: string): void {
  const listed = execFileSync("sh", ["-c", 'grep -lzxF -- "$1" /proc/[0-9]*/cmdline || true', "sh", config], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  for (const path of listed.split("\n").filter((line) => line !== "")) {
    const pid = Number(path.split("/")[2]);
    try {
      if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "haproxy") process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

/**
 * Cloud DNS: one real Knot that serves every public zone, at one address. The names of Google's name servers, which the zones name
 * as theirs, are in no zone here; the sandbox's resolver begins at this server.
 *
 * Zones are served unsigned, whatever their `dnssecConfig` says: nobody above them could vouch for their keys on one machine.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { CloudContext, Units } from "../context";
import { SETTLED, type Controller, type Records, type ResourceName, type Standing, type Unit } from "../controller";
import type { Endpoint } from "../network";
import type { Processes } from "../processes/processes";
import { ServerProcess } from "../server-process";
import { writeWhole } from "../write-whole";
import { exchange } from "./exchange";
import { cloudDnsFiles, order, program, renderConfig, zoneFileName, type KnotFiles } from "./knot";
import { nextZoneFile, serialOf } from "./zone-file";
import { declaredZones, RECORD_SET, ZONE, zoneIdOf, type Zone } from "./zones";

const STOP_TIMEOUT_MS = 5_000;
const PROBE_TIMEOUT_MS = 500;
/** How long a zone may take until it is served, and how often that is looked at. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 50;

export interface CloudDnsOptions {
  readonly processes: Pick<Processes, "start">;
}

interface Served {
  readonly zone: Zone;
  readonly serial: number;
}

export class CloudDns implements Controller, Units {
  readonly name = "Cloud DNS";
  readonly awaited = [ZONE, RECORD_SET];

  private readonly files: KnotFiles;
  private readonly knot: ServerProcess;
  private refused: ReadonlyMap<string, string> = new Map();
  private zones: readonly Served[] = [];
  /** Those that drills have taken down. */
  private down: readonly Zone[] = [];
  /** By id of the zone: how far what is recorded is served. */
  private readonly standings = new Map<string, Standing>();
  private watching = false;
  private stopped = false;

  constructor(
    private readonly context: CloudContext,
    { processes }: CloudDnsOptions,
  ) {
    const { directory } = context;
    this.files = cloudDnsFiles(directory);
    mkdirSync(this.files.directory, { recursive: true, mode: 0o700 });
    const spec = {
      name: "cloud-dns",
      executable: program("knotd"),
      args: ["--config", this.files.config],
      environment: {},
      directory: this.files.directory,
      log: join(directory, "logs", "cloud-dns.log"),
      stopTimeoutMs: STOP_TIMEOUT_MS,
    };
    this.knot = new ServerProcess(processes, spec, () => this.context.wake());
  }

  /** Where it answers. */
  get endpoint(): Endpoint {
    const { network } = this.context;
    return { host: network.own("cloudDns"), port: network.port(53) };
  }

  async reconcile(records: Records): Promise<void> {
    const { zones, refused } = declaredZones(records);
    this.refused = refused;
    const isDown = ({ name }: Zone) => this.context.faults().down.includes(name);
    this.down = zones.filter(isDown);
    const before = new Map(this.zones.map(({ zone, serial }) => [zone.domain, serial]));
    this.zones = zones.filter((zone) => !isDown(zone)).map((zone) => ({ zone, serial: this.writeZone(zone) }));
    this.removeOtherFiles(zones);
    for (const id of this.standings.keys()) if (!zones.some((zone) => zone.id === id)) this.standings.delete(id);
    const configured = this.writeConfig();
    if (this.zones.length === 0) return await this.knot.kill();
    const changed = this.zones.filter(({ zone, serial }) => before.get(zone.domain) !== serial);
    if (!this.knot.running) {
      for (const { zone } of this.zones) this.standings.set(zone.id, STARTING);
      rmSync(join(this.files.directory, "knot.pid"), { force: true });
      await this.knot.start();
    } else {
      await this.reload(configured, changed);
    }
    this.watch();
  }

  standing({ type, id }: ResourceName): Standing {
    const because = this.refused.get(id);
    if (because !== undefined) return { is: "failed", because };
    return this.standings.get(type === RECORD_SET ? zoneIdOf(id) : id) ?? SETTLED;
  }

  units(): readonly Unit[] {
    const { host } = this.endpoint;
    const unit = ({ id, name, labels }: Zone, isDown: boolean): Unit => {
      const standing = isDown ? DOWN : (this.standings.get(id) ?? STARTING);
      return {
        name,
        kind: "zone",
        failureDomain: labels["failure-domain"] ?? "shared",
        role: labels.role ?? "zone",
        region: "global",
        address: host,
        healthy: standing.is === "settled" && this.knot.running,
        ...(standing.is !== "settled" && { trouble: standing.because }),
        pids: isDown ? [] : this.knot.pids,
      };
    };
    return [...this.zones.map(({ zone }) => unit(zone, false)), ...this.down.map((zone) => unit(zone, true))];
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.knot.stop();
    // It may lie outside of the local cloud's folder.
    rmSync(this.files.socket, { force: true });
  }

  /** Writes the file of a zone if its content has changed, and returns its serial. */
  private writeZone(zone: Zone): number {
    const file = join(this.files.directory, zoneFileName(zone.domain));
    const previous = existsSync(file) ? readFileSync(file, "utf8") : "";
    const next = nextZoneFile(zone, previous);
    if (next !== previous) {
      writeWhole(file, next);
      this.standings.set(zone.id, STARTING);
    }
    return serialOf(next);
  }

  /** Zones that are no more. */
  private removeOtherFiles(zones: readonly Zone[]): void {
    const kept = zones.map(({ domain }) => zoneFileName(domain));
    for (const file of readdirSync(this.files.directory)) {
      if (file.endsWith(".zone") && !kept.includes(file)) rmSync(join(this.files.directory, file));
    }
  }

  /** Returns whether it is another than before. */
  private writeConfig(): boolean {
    const domains = this.zones.map(({ zone }) => zone.domain);
    const config = renderConfig(this.files, this.endpoint, domains);
    const { config: path } = this.files;
    if (existsSync(path) && readFileSync(path, "utf8") === config) return false;
    writeWhole(path, config);
    return true;
  }

  /** Has Knot read what has changed. A zone that it refuses is served as it was. */
  private async reload(configured: boolean, changed: readonly Served[]): Promise<void> {
    if (configured) return await order(this.files, "reload");
    for (const { zone } of changed) {
      await order(this.files, "zone-reload", `${zone.domain}.`).catch((error: Error) => {
        const because = this.complaintAbout(zone) ?? error.message;
        this.standings.set(zone.id, { is: "failed", because });
        this.context.log.error({ zone: zone.domain, because }, "Cloud DNS: Knot refuses a zone");
      });
    }
  }

  /** Looks at what is served until that is what is recorded, for a while. */
  private watch(): void {
    if (this.watching) return;
    this.watching = true;
    void this.look().finally(() => (this.watching = false));
  }

  private async look(): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.stopped) {
      const late = Date.now() > deadline;
      const looked = await Promise.all(this.zones.map(async (served) => await this.judge(served, late)));
      if (looked.every(Boolean) || late || !this.knot.running) return;
      await delay(LOOK_MS);
    }
  }

  /** Notes how far the zone is; returns whether it is served as recorded. */
  private async judge({ zone, serial }: Served, late: boolean): Promise<boolean> {
    const served = await servedSerial(this.endpoint, zone.domain);
    const trouble = late || !this.knot.running ? this.troubleOf(zone, served, serial) : undefined;
    if (served === serial) this.standings.set(zone.id, SETTLED);
    else if (this.standings.get(zone.id)?.is !== "failed")
      this.standings.set(zone.id, trouble === undefined ? STARTING : { is: "pending", because: trouble });
    return served === serial;
  }

  private troubleOf(zone: Zone, served: number | undefined, serial: number): string {
    if (!this.knot.running) return `Knot ${this.knot.trouble ?? "does not run"}`;
    const reason = this.complaintAbout(zone);
    return reason ?? `Knot serves ${zone.domain} with serial ${served ?? "none"}, not ${serial}`;
  }

  /** What Knot has said last of an error in the zone's file. */
  private complaintAbout({ domain }: Zone): string | undefined {
    const lines = readFileSync(this.knot.spec.log, "utf8").split("\n");
    return lines.findLast((line) => line.includes(`error: [${domain}.]`) && line.includes("error in zone"));
  }
}

const STARTING = { is: "pending", because: "the zone is being loaded" } as const satisfies Standing;
const DOWN = { is: "pending", because: "down by a fault" } as const satisfies Standing;

/** The serial of a zone as whoever asks sees it; undefined where the server does not serve it. */
async function servedSerial(server: Endpoint, domain: string): Promise<number | undefined> {
  try {
    const { answers = [] } = await exchange(server, { name: domain, type: "SOA" }, PROBE_TIMEOUT_MS);
    const [soa] = answers.flatMap((answer) => (answer.type === "SOA" ? [answer.data.serial] : []));
    return soa;
  } catch {
    return undefined;
  }
}

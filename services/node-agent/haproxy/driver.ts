/** The driver that feeds an edge's HAProxy. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Change, Driver, State } from "../driver";
import type { Supervisor } from "../supervisor";
import { Attempts } from "./attempts";
import { STOP_COMMAND } from "./config";
import { Configuration, type Parts } from "./configuration";
import { TUNING, type EdgeDriverSettings } from "./driver-settings";
import { findHaproxy } from "./executable";
import { filesIn } from "./files";
import { Folding } from "./folding";
import { MembersFollower } from "./members/follower";
import { Servers } from "./members/servers";
import { Mutex } from "./mutex";
import { Requests } from "./requests";
import type { EdgeKeys } from "./keys";
import { Master } from "./runtime/master";
import { RuntimeApi } from "./runtime/runtime-api";
import type { EdgeSettings } from "./settings";
import { superviseHaproxy } from "./supervisor";
import { Wanted, type Siblings } from "./wanted";
import { Watch } from "./watch";
import { Workers } from "./workers";

export interface EdgeDriver extends Driver {
  requested(): Promise<readonly string[]>;
  /** Entries since the start that an edge cannot hold. Each is in the log. */
  readonly refused: number;
  /** HAProxy's master process, where it is supervised. */
  readonly haproxyPid: number | undefined;
}

/**
 * A driver for the HAProxy in the edge's directory.
 *
 * With `executable`, `start` resolves when HAProxy answers. Without, it resolves when configuration and maps are in place, for
 * whoever runs HAProxy to start it then; `apply` and `reconcile` wait for it. A change that an edge cannot hold is logged, counted
 * and passed over: nobody else's change waits for it.
 */
export function createEdgeDriver(settings: EdgeDriverSettings): EdgeDriver {
  return new FedHaproxy(settings);
}

class FedHaproxy implements EdgeDriver {
  private readonly runtime: RuntimeApi;
  private readonly master: Master;
  private readonly workers: Workers;
  private readonly wanted: Wanted;
  private readonly servers: Servers;
  private readonly members: MembersFollower;
  private readonly watch: Watch;
  private readonly folding: Folding;
  private readonly requests: Requests;
  /** For what changes HAProxy and its files, but for the bases of maps, which {@link folding} sees to. */
  private readonly changes = new Mutex();
  private readonly attempts: Attempts;
  private configuration: Configuration | undefined;
  private supervisor: Supervisor | undefined;
  /** What HAProxy's configuration was loaded with last; undefined while that is not known. */
  private loaded: Siblings | undefined;
  private edge: EdgeSettings;

  constructor(private readonly settings: EdgeDriverSettings) {
    this.edge = settings.edge;
    this.attempts = new Attempts(settings.log);
    const { edge, members: source, log } = settings;
    const { answerMs: timeoutMs, watchMs: intervalMs, membersMs, foldAt } = { ...TUNING, ...settings.tuning };
    const { runtimeSocket, masterSocket } = filesIn(edge.directory);
    this.runtime = new RuntimeApi({ socket: runtimeSocket, timeoutMs });
    this.master = new Master({ socket: masterSocket, timeoutMs });
    this.workers = new Workers(this.runtime, this.master, edge.limits.stopSeconds);
    this.requests = new Requests(this.workers);
    this.wanted = new Wanted(edge.directory, log, foldAt);
    this.servers = new Servers(this.runtime, edge);
    this.members = new MembersFollower({
      source,
      file: join(edge.directory, "members.json"),
      log,
      ...(membersMs !== undefined && { intervalMs: membersMs }),
      onMembers: () => this.followMembers(),
    });
    this.watch = new Watch({
      runtime: this.runtime,
      intervalMs,
      log,
      onAway: () => this.repairFiles(),
      onOther: () => this.confirmOther(),
      onTick: () => this.onTick(),
    });
    this.folding = new Folding({
      wanted: this.wanted,
      workers: this.workers,
      attempts: this.attempts,
      publish: () => this.putInForce(),
      log,
    });
  }

  get haproxyPid(): number | undefined {
    return this.supervisor?.runningPid;
  }

  get refused(): number {
    return this.wanted.refused;
  }

  async start(state: State): Promise<void> {
    const { edge, log, executable: named } = this.settings;
    const executable = named === undefined ? undefined : await findHaproxy(named);
    await mkdir(join(edge.directory, "maps"), { recursive: true, mode: 0o750 });
    await this.wanted.open(state);
    await this.members.load();
    // Last: whoever runs HAProxy starts it once there is a configuration.
    this.configuration = new Configuration(edge.directory, this.runtime, this.master, executable);
    await this.configuration.write(this.parts(this.wanted.siblings));
    if (executable !== undefined) {
      this.supervisor = superviseHaproxy(executable, edge.directory, this.master, log, () => this.repairFiles());
      await this.supervisor.start(false);
      // A worker answers before its master does.
      await this.attempts.at("HAProxy's start", async () => void (await this.master.processes()));
    }
    await this.watch.start({ untilConfirmed: executable !== undefined });
    this.members.start();
    this.settings.keys?.start((keys) => this.useKeys(keys));
  }

  async apply(changes: readonly Change[]): Promise<void> {
    this.wanted.take(changes);
    await this.putInForce();
    this.folding.beginWhereDue();
  }

  async reconcile(state: State): Promise<number> {
    // At once, before another change may have come to only one of the two.
    let repairs = this.wanted.become(state);
    await this.attempts.at("reconciliation", async () => {
      repairs += await this.folding.confirmBases({ whole: true });
      repairs += await this.changes.run(() => this.confirm());
    });
    return repairs;
  }

  async requested(): Promise<readonly string[]> {
    return await this.requests.report();
  }

  async stop(): Promise<void> {
    this.attempts.stop();
    await Promise.all([this.watch.stop(), this.members.stop(), this.settings.keys?.stop(), this.folding.ended]);
    if (this.supervisor === undefined) return;
    await this.runtime.ask(STOP_COMMAND).catch(() => undefined);
    await this.supervisor.stop();
  }

  /** Brings HAProxy to what is wanted, one change at a time. Rejects when the driver is stopped before. */
  private async putInForce(): Promise<void> {
    await this.attempts.at("putting changes in force", () =>
      this.changes.run(async () => {
        const { siblings } = this.wanted;
        // Clusters that tombstones point at are there before these, and go after them.
        const loading =
          this.loaded === siblings ? undefined : this.load(new Map([...(this.loaded ?? []), ...siblings]));
        // A configuration that HAProxy refuses keeps nobody's tombstone from being obeyed, only this from being acknowledged.
        const [outcome] = await Promise.allSettled([loading]);
        await this.publish();
        if (outcome.status === "rejected") throw outcome.reason;
        if (this.loaded !== siblings) await this.load(siblings);
      }),
    );
  }

  /** Has HAProxy run with these siblings. Returns whether that took a reload. */
  private async load(siblings: Siblings): Promise<boolean> {
    if (this.configuration === undefined) return false;
    const reloaded = await this.configuration.load(this.parts(siblings), async () => {
      // What the old process has counted goes with it.
      await this.requests.read();
      this.workers.reloading();
    });
    this.loaded = siblings;
    if (reloaded) this.settings.log.info({ siblings: [...siblings.keys()] }, "HAProxy runs with another configuration");
    return reloaded;
  }

  private async publish(): Promise<void> {
    const due = this.wanted.maps.filter(({ isPublished }) => !isPublished);
    if (due.length === 0) return;
    const workers = await this.workers.all();
    for (const map of due) await map.publish(workers);
  }

  private parts(siblings: Siblings): Parts {
    return { settings: this.edge, siblings: [...siblings.values()], members: this.members.members };
  }

  /** Compares what HAProxy serves with what is wanted, bases apart, and repairs it. Returns the number of repairs. */
  private async confirm(): Promise<number> {
    let repairs = (await this.writeAgain()).length;
    const { siblings } = this.wanted;
    if (await this.load(siblings)) repairs++;
    for (const map of this.wanted.maps) repairs += await map.distrustOverrides(this.runtime);
    await this.publish();
    return repairs + (await this.servers.become(this.members.members));
  }

  /** Another HAProxy runs, which has read what was on disk. */
  private async confirmOther(): Promise<void> {
    const bases = await this.folding.confirmBases({ whole: false });
    const repairs = bases + (await this.changes.run(() => this.confirm()));
    if (repairs > 0) this.settings.log.warn({ repairs }, "what another HAProxy serves was repaired");
  }

  /** HAProxy is about to read its files, or is not there, perhaps for what it has read. */
  private async repairFiles(): Promise<void> {
    const repaired = await this.changes.run(() => this.writeAgain());
    if (repaired.length > 0)
      this.settings.log.error({ repaired }, "files of HAProxy were not as they were written; now they are");
  }

  /** Writes files again that somebody else has changed. Returns what they hold. */
  private async writeAgain(): Promise<string[]> {
    const repaired: string[] = [];
    const parts = this.parts(this.loaded ?? this.wanted.siblings);
    if ((await this.configuration?.repair(parts)) === true) repaired.push("configuration");
    for (const map of this.wanted.maps) if (await map.repairFiles()) repaired.push(map.name);
    return repaired;
  }

  private async followMembers(): Promise<void> {
    const follow = async () => {
      await this.configuration?.write(this.parts(this.loaded ?? this.wanted.siblings));
      await this.servers.become(this.members.members);
    };
    await this.attempts.at("following the container VMs", () => this.changes.run(follow)).catch(() => undefined);
  }

  private async useKeys(keys: EdgeKeys): Promise<void> {
    this.edge = { ...this.edge, ...keys };
    this.loaded = undefined;
    await this.putInForce().catch(() => undefined);
  }

  private async onTick(): Promise<void> {
    this.folding.beginWhereDue();
    if (this.servers.areLeaving) await this.changes.run(() => this.servers.become(this.members.members));
  }
}

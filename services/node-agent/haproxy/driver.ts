/** The driver that feeds an edge's HAProxy. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Change, Driver, State } from "../driver";
import { Attempts } from "./attempts";
import { Configuration, type Parts } from "./configuration";
import { TUNING, type EdgeDriverSettings } from "./driver-settings";
import { findHaproxy } from "./executable";
import { FileRepair } from "./file-repair";
import { filesIn } from "./files";
import { Folding } from "./folding";
import { Joining } from "./joining";
import type { EdgeKeys } from "./keys";
import { Lifetime } from "./lifetime";
import { MembersFollower } from "./members/follower";
import { Servers } from "./members/servers";
import { Mutex } from "./mutex";
import { Requests } from "./requests";
import { Master } from "./runtime/master";
import { RuntimeApi } from "./runtime/runtime-api";
import type { EdgeSettings } from "./settings";
import { Wanted, type Siblings } from "./wanted";
import { Watch } from "./watch";
import { Workers } from "./workers";

export interface EdgeDriver extends Driver {
  requested(): Promise<readonly string[]>;
  outlast(signal: AbortSignal): Promise<boolean>;
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
  private readonly repair: FileRepair;
  private readonly requests: Requests;
  private readonly joining: Joining;
  private readonly lifetime: Lifetime;
  /** For what changes HAProxy and its files, but for the bases of maps, which {@link folding} sees to. */
  private readonly changes = new Mutex();
  private readonly attempts: Attempts;
  private readonly configuration: Configuration;
  /** What HAProxy's configuration was loaded with last; undefined while that is not known. */
  private loaded: Siblings | undefined;
  private edge: EdgeSettings;

  constructor(private readonly settings: EdgeDriverSettings) {
    const { edge, members: source, log } = settings;
    const { answerMs: timeoutMs, watchMs, membersMs, joinMs, foldAt } = { ...TUNING, ...settings.tuning };
    const { directory, limits } = edge;
    const { runtimeSocket, masterSocket } = filesIn(directory);
    this.edge = edge;
    this.attempts = new Attempts(log);
    this.runtime = new RuntimeApi({ socket: runtimeSocket, timeoutMs });
    this.master = new Master({ socket: masterSocket, timeoutMs });
    this.workers = new Workers(this.runtime, this.master, limits.stopSeconds);
    const { attempts, runtime, master, workers } = this;
    this.requests = new Requests(workers);
    this.wanted = new Wanted(directory, log, foldAt);
    this.servers = new Servers(runtime, edge);
    this.configuration = new Configuration(directory, runtime, master);
    const { wanted, configuration } = this;
    this.repair = new FileRepair({ wanted, configuration, parts: () => this.known, log });
    this.members = new MembersFollower({
      source,
      file: join(directory, "members.json"),
      log,
      intervalMs: membersMs,
      onMembers: () => this.followMembers(),
    });
    this.joining = new Joining({
      runtime,
      members: this.members,
      configuration,
      onJoin: () => this.changes.run(() => configuration.join(this.known)),
      log,
      waitMs: joinMs,
    });
    this.lifetime = new Lifetime({ directory, runtime, master, attempts, log });
    this.watch = new Watch({
      runtime,
      intervalMs: watchMs,
      log,
      onAway: () => this.repairAll(),
      onOther: () => this.confirmOther(),
      onTick: () => this.onTick(),
    });
    this.folding = new Folding({ wanted, workers, attempts, publish: () => this.putInForce(), log });
  }

  get haproxyPid(): number | undefined {
    return this.lifetime.pid;
  }

  get refused(): number {
    return this.wanted.refused;
  }

  async start(state: State): Promise<void> {
    const { edge, executable: named } = this.settings;
    const executable = named === undefined ? undefined : await findHaproxy(named);
    await mkdir(join(edge.directory, "maps"), { recursive: true, mode: 0o750 });
    await this.wanted.open(state);
    await this.members.load();
    this.configuration.executable = executable;
    // Last: whoever runs HAProxy starts it once there is a configuration.
    await this.configuration.write(this.known);
    if (executable !== undefined) await this.lifetime.begin(executable, () => this.repairAll());
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

  async outlast(signal: AbortSignal): Promise<boolean> {
    this.workers.ending();
    return await this.lifetime.over(signal);
  }

  async stop(): Promise<void> {
    this.attempts.stop();
    await Promise.all([this.watch.stop(), this.members.stop(), this.settings.keys?.stop(), this.folding.ended]);
    await this.lifetime.end();
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
        await this.wanted.publish(this.workers);
        if (outcome.status === "rejected") throw outcome.reason;
        if (this.loaded !== siblings) await this.load(siblings);
      }),
    );
  }

  /** Has HAProxy run with these siblings. Returns whether that took a reload. */
  private async load(siblings: Siblings): Promise<boolean> {
    const reloaded = await this.configuration.load(this.parts(siblings), async () => {
      // What the old process has counted goes with it.
      await this.requests.read();
      await this.repair.maps();
      this.workers.reloading();
    });
    this.loaded = siblings;
    if (reloaded) this.settings.log.info({ siblings: [...siblings.keys()] }, "HAProxy runs with another configuration");
    return reloaded;
  }

  private parts(siblings: Siblings): Parts {
    return { settings: this.edge, siblings: [...siblings.values()], members: this.members.members };
  }

  /** What HAProxy is to start with: that which it runs with, where it is known. */
  private get known(): Parts {
    return this.parts(this.loaded ?? this.wanted.siblings);
  }

  /** Compares what HAProxy serves with what is wanted, bases apart, and repairs it. Returns the number of repairs. */
  private async confirm(): Promise<number> {
    let repairs = await this.repair.all();
    const { siblings } = this.wanted;
    if (await this.load(siblings)) repairs++;
    for (const map of this.wanted.maps) repairs += await map.distrustOverrides(this.runtime);
    await this.wanted.publish(this.workers);
    return repairs + (await this.servers.become(this.members.members));
  }

  /** Another HAProxy runs, which has read what was on disk. */
  private async confirmOther(): Promise<void> {
    this.joining.forget();
    const bases = await this.folding.confirmBases({ whole: false });
    const repairs = bases + (await this.changes.run(() => this.confirm()));
    if (repairs > 0) this.settings.log.warn({ repairs }, "what another HAProxy serves was repaired");
  }

  /** HAProxy is about to read its files, or is not there, perhaps for what it has read. */
  private async repairAll(): Promise<void> {
    await this.changes.run(() => this.repair.all());
  }

  private async followMembers(): Promise<void> {
    const follow = async () => {
      await this.configuration.write(this.known);
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
    await this.joining.look();
    if (this.servers.areLeaving) await this.changes.run(() => this.servers.become(this.members.members));
  }
}

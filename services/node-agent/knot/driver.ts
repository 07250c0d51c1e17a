/** The driver that feeds Knot. */
import { join } from "node:path";
import type { Change, Driver, State } from "../driver";
import { transferZone } from "./axfr";
import { backOff } from "./back-off";
import { Connection, ConnectionLost, type ConnectionOptions } from "./connection";
import { Notifications } from "./control/notifications";
import { findKnot } from "./executable";
import { messagesOf, stepOf, type Step } from "./plan";
import { Publisher, Stopped, type Outcome } from "./publisher";
import { Comparison } from "./reconcile";
import { SerialBound } from "./serial";
import { decodeUpdateKey, filesOf, UPDATE_KEY_NAME, type KnotSettings } from "./settings";
import { makeDirectories, writeConfig, writeFirstZone } from "./setup";
import type { Supervisor } from "../supervisor";
import { superviseKnot } from "./supervisor";
import { encodeQuery } from "./wire/message";
import { parseSoa } from "./wire/records";
import { TsigError, type TsigKey } from "./wire/tsig";
import { WireError } from "./wire/wire-error";
import { InvalidEntry } from "./zone";

export interface KnotDriver extends Driver {
  /** Whether a connection to Knot stands; it is closed when nothing has changed for a while. */
  readonly connected: boolean;
  /** Changes since the start that the zone cannot hold, or that Knot has refused for good. Each is in the log. */
  readonly refused: number;
  /** Process of the Knot that is supervised. */
  readonly knotPid: number | undefined;
}

/**
 * A driver for the Knot of these settings. Throws an error that names what is wrong with them.
 *
 * With `supervise`, `start` resolves when Knot answers. Without, it resolves when configuration and zone are in place, for whoever runs
 * Knot to start it then; `apply` and `reconcile` wait for it. A change that the zone cannot hold is logged, counted and passed
 * over: nobody else's change waits for it.
 */
export function createKnotDriver(settings: KnotSettings, options: ConnectionOptions = {}): KnotDriver {
  if (Object.keys(settings.nameServers).length === 0)
    throw new Error(`zone ${settings.zone} has no name servers: name one at least, with its address`);
  if (settings.supervise !== undefined && settings.supervise.user === undefined && process.getuid?.() === 0)
    throw new Error("Knot must not run as root: set supervise.user, or run the agent as another user");
  return new FedKnot(settings, options);
}

class FedKnot implements KnotDriver {
  private readonly key: TsigKey;
  private readonly connection: Connection;
  private readonly notifications: Notifications;
  private readonly publisher: Publisher;
  private readonly serial: SerialBound;
  private readonly stopping = new AbortController();
  private supervisor: Supervisor | undefined;
  /** For each comparison that runs, the keys that have been changed since it began. */
  private readonly changed = new Set<Set<string>>();
  refused = 0;

  constructor(
    private readonly settings: KnotSettings,
    options: ConnectionOptions,
  ) {
    this.key = { name: UPDATE_KEY_NAME, secret: decodeUpdateKey(settings.updateKey) };
    this.serial = new SerialBound(join(settings.stateDirectory, "serial"));
    this.connection = new Connection(settings.address, this.key, options);
    const { zone, log } = settings;
    this.notifications = new Notifications({ controlSocket: filesOf(settings).controlSocket, zone, log });
    this.publisher = new Publisher(this.connection, zone, log, () => {
      this.serial.spend();
      this.notifications.expedite();
    });
  }

  get connected(): boolean {
    return this.connection.connected;
  }

  get knotPid(): number | undefined {
    return this.supervisor?.runningPid;
  }

  async start(state: State): Promise<void> {
    const { supervise, log } = this.settings;
    const executable = supervise && (await findKnot(supervise.executable));
    makeDirectories(this.settings);
    // The zone first: whoever runs Knot starts it once there is a configuration.
    const begun = await writeFirstZone(this.settings, state, this.serial);
    const reconfigured = writeConfig(this.settings);
    if (executable === undefined) return;
    this.supervisor = superviseKnot(executable, filesOf(this.settings), supervise?.user, log);
    await this.supervisor.start(begun || reconfigured);
    await this.untilServing();
  }

  async apply(changes: readonly Change[]): Promise<void> {
    for (const keys of this.changed) for (const { key } of changes) keys.add(key);
    await this.publisher.publish(messagesOf(this.stepsOf(changes)), (_, outcome) => this.count(outcome));
  }

  private *stepsOf(changes: readonly Change[]): Generator<Step> {
    for (const change of changes) {
      try {
        yield stepOf(this.settings, change);
      } catch (error) {
        if (!(error instanceof InvalidEntry || error instanceof WireError)) throw error;
        this.refused++;
        this.settings.log.error(
          { revision: change.revision, error: error.message },
          "a change has no place in the zone",
        );
      }
    }
  }

  private count(outcome: Outcome): void {
    if (outcome === "refused") this.refused++;
  }

  async reconcile(state: State): Promise<number> {
    await this.untilServing();
    const changed = new Set<string>();
    this.changed.add(changed);
    try {
      const comparison = await this.readZone(state);
      if (comparison.serial !== undefined) this.serial.observe(comparison.serial);
      let repairs = 0;
      const steps = comparison.repairs(changed, () => this.serial.take());
      await this.publisher.publish(messagesOf(steps), (_, outcome) => {
        if (outcome === "published") repairs++;
        this.count(outcome);
      });
      return repairs;
    } finally {
      this.changed.delete(changed);
    }
  }

  private async readZone(state: State): Promise<Comparison> {
    const { address, zone } = this.settings;
    return await this.persistently(async () => {
      const comparison = new Comparison(this.settings, state);
      for await (const records of transferZone(address, this.key, zone, this.stopping.signal))
        for (const record of records) comparison.see(record);
      return comparison;
    });
  }

  /** Resolves when Knot answers for the zone. */
  private async untilServing(): Promise<void> {
    const { zone } = this.settings;
    await this.persistently(async () => {
      const { rcode, answers } = await this.connection.exchange((id) => encodeQuery(id, zone, "SOA"));
      const [soa] = answers;
      if (soa?.type !== "SOA") throw new ConnectionLost(`Knot does not serve ${zone} yet: ${rcode}`);
      this.serial.observe(parseSoa(soa.data).serial);
    });
  }

  /** Repeats what fails while Knot is away, until it succeeds or the driver is stopped. */
  private async persistently<T>(work: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await work();
      } catch (error) {
        if (this.stopping.signal.aborted) throw new Stopped();
        if (!(error instanceof ConnectionLost || error instanceof TsigError || error instanceof WireError)) throw error;
        if (Number.isInteger(Math.log2(failures)))
          this.settings.log.warn({ failures, error: error.message }, "Knot is waited for");
        await backOff(failures, this.stopping.signal);
      }
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.publisher.stop();
    this.connection.close();
    await this.notifications.stop();
    await this.supervisor?.stop();
  }
}

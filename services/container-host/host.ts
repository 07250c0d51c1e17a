/** The container host put together: residency, apps, and the listener that edges come to. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { ControlApi } from "../contracts/client";
import type { Log } from "../node-agent/log";
import { Admission, type Stage } from "./admission";
import { AppPool } from "./pool/pool";
import { Journal } from "./pool/journal";
import { AppListener } from "./proxy/listener";
import type { RefusalReason } from "./refusal";
import { Confirmation } from "./residency/confirmation";
import { Residents } from "./residency/residents";
import type { AppRuntime } from "./runtime/runtime";
import type { HostSettings } from "./settings";
import { WaitingRoom } from "./waiting";

export interface HostOptions {
  readonly settings: HostSettings;
  readonly runtime: AppRuntime;
  readonly api: Pick<ControlApi, "getResidency">;
  readonly log: Log;
  readonly onRefusal?: (reason: RefusalReason) => void;
}

export class ContainerHost {
  readonly residents: Residents;
  readonly pool: AppPool;
  readonly room: WaitingRoom;
  private readonly listener: AppListener;
  private stage: Stage = "starting";
  private isAboutToStop = false;

  constructor(private readonly options: HostOptions) {
    const { settings, runtime, api, log, onRefusal } = options;
    const { startMs, drainMs, stopMs, holdMs, zone, cluster } = settings;
    this.pool = new AppPool(settings.pool, { runtime, journal: new Journal(log), startMs, drainMs, stopMs });
    this.room = new WaitingRoom(settings.room);
    const confirmation = new Confirmation(api, log);
    this.residents = new Residents({ occupancy: this.pool, ask: (user) => confirmation.ask(user), log });
    const { residents, pool, room } = this;
    this.listener = new AppListener({
      admission: new Admission({ residents, pool, room, holdMs, stage: () => this.stage }),
      zone,
      cluster,
      node: settings.agent.node,
      ...(onRefusal !== undefined && { onRefusal }),
      onFault: (error) => log.error({ err: error }, "a request failed by a fault of the host's"),
    });
  }

  /** Whether apps can be started here. */
  get isServing(): boolean {
    return this.stage === "serving" && !this.isAboutToStop;
  }

  /** Listens, and refuses until {@link serve}. Resolves with the port. */
  async listen(): Promise<number> {
    const { server } = this.listener;
    const { appsPort, bindAddress } = this.options.settings;
    server.listen(appsPort, bindAddress);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  serve(): void {
    if (this.stage === "starting") this.stage = "serving";
  }

  /**
   * Says at the health port that it stops, goes on serving until the edges have seen that, then lets what is in flight finish, in
   * time, and stops all apps. Resolves once nothing runs.
   */
  async drain(): Promise<void> {
    this.isAboutToStop = true;
    if (this.stage === "serving") await delay(this.options.settings.noticeMs);
    this.stage = "draining";
    await this.pool.stopAll("the host stops");
    const { server } = this.listener;
    server.close();
    server.closeAllConnections();
  }
}

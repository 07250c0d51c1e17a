/** The processes of one HAProxy that serve: the current one, and those that a reload has replaced and that finish what they have. */
import { Refused, Unreachable } from "../../../../services/node-agent/haproxy/runtime/exchange";
import { Master } from "../../../../services/node-agent/haproxy/runtime/master";
import type { RuntimeApi } from "../../../../services/node-agent/haproxy/runtime/runtime-api";
import { MARK } from "./config";
import { serverKey, wellServers } from "./server-states";

const TIMEOUT_MS = 5_000;

/** A line of `show sess`. */
interface Session {
  readonly id: string;
  readonly source: string;
  readonly frontend: string;
  /** See serverKey. */
  readonly server: string;
}

/** Which connections, by any of these. */
export interface Selection {
  readonly sources?: ReadonlySet<string>;
  readonly frontends?: ReadonlySet<string>;
  readonly servers?: ReadonlySet<string>;
}

export class Workers {
  private readonly master: Master;

  constructor(socket: string) {
    this.master = new Master({ socket, timeoutMs: TIMEOUT_MS });
  }

  /** Has a worker start with the configuration that is on disk. */
  async reload(): Promise<void> {
    await this.master.reload();
  }

  /** Which configuration the current worker runs with; undefined while there is none. */
  async loaded(): Promise<{ readonly mark: string | undefined; readonly failedReloads: number }> {
    const { workers, failedReloads } = await this.master.processes();
    const [pid] = workers;
    return { failedReloads, mark: pid === undefined ? undefined : await this.master.worker(pid).variable(MARK) };
  }

  async pids(): Promise<number[]> {
    const { master, workers, oldWorkers } = await this.master.processes();
    return [master, ...workers, ...oldWorkers];
  }

  /** Keys of the servers that the current worker has found well. */
  async well(): Promise<Set<string>> {
    const [pid] = (await this.master.processes()).workers;
    return pid === undefined ? new Set() : wellServers(await this.master.worker(pid).ask("show servers state"));
  }

  /** Adds addresses to the list in a file that all workers have read, and takes others from it. */
  async block(list: string, added: readonly string[], removed: readonly string[]): Promise<void> {
    await this.each(async (worker) => {
      for (const address of added) await worker.ask(`add acl ${list} ${address}`);
      for (const address of removed) await worker.ask(`del acl ${list} ${address}`);
    });
  }

  /**
   * Cuts what comes from these addresses, through these frontends or to these servers. One by one: of its servers a worker that has
   * been replaced says that they are disabled.
   */
  async cut({ sources, frontends, servers }: Selection): Promise<void> {
    await this.each(async (worker) => {
      for (const { id, source, frontend, server } of parseSessions(await worker.ask("show sess"))) {
        const isMeant = sources?.has(source) ?? frontends?.has(frontend) ?? servers?.has(server);
        if (isMeant === true) await worker.ask(`shutdown session ${id}`);
      }
    });
  }

  /** An old one may be gone by the time that it is asked. */
  private async each(work: (worker: RuntimeApi) => Promise<void>): Promise<void> {
    const { workers, oldWorkers } = await this.master.processes();
    for (const pid of [...workers, ...oldWorkers]) {
      await work(this.master.worker(pid)).catch((error: unknown) => {
        if (!(error instanceof Unreachable || error instanceof Refused)) throw error;
      });
    }
  }
}

/** `0x55d0: proto=tcpv4 src=127.0.0.1:4444 fe=web be=pods srv=a ts=…`. */
export function parseSessions(answer: string): Session[] {
  return answer.split("\n").flatMap((line) => {
    const [, id = "", source = "", frontend = "", backend = "", server = ""] =
      /^(0x[0-9a-f]+): proto=\S+ src=([\d.]+):\d+ fe=(\S+) be=(\S+) srv=(\S+)/.exec(line) ?? [];
    return id === "" ? [] : [{ id, source, frontend, server: serverKey(backend, server) }];
  });
}

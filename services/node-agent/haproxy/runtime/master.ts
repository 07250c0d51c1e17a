/** HAProxy's master process: which workers there are, and how new ones with a new configuration take over. */
import { parseProcesses, type Processes } from "./answers";
import { ask, exchange, Unreachable, type Endpoint } from "./exchange";
import { RuntimeApi } from "./runtime-api";

export class Master {
  constructor(private readonly endpoint: Endpoint) {}

  async processes(): Promise<Processes> {
    return parseProcesses("show proc", await ask(this.endpoint, "show proc"));
  }

  /**
   * Has the master start a worker with the configuration that is on disk now. It says nothing of its own and is away for as long as
   * it reads that.
   */
  async reload(): Promise<void> {
    await exchange(this.endpoint, "reload\n", () => undefined).catch((error: unknown) => {
      if (!(error instanceof Unreachable)) throw error;
    });
  }

  /** The runtime API of one worker, such as one that a reload has replaced. */
  worker(pid: number): RuntimeApi {
    return new RuntimeApi({ ...this.endpoint, prefix: `@!${pid} ` });
  }
}

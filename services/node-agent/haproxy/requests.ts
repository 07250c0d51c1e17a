/** Users with a tombstone who are asked for, read from the stick tables of all processes of HAProxy's. */
import { tables } from "./config";
import { RequestedUsers } from "./requested";
import type { Workers } from "./workers";

export class Requests {
  private readonly users = new RequestedUsers();

  constructor(private readonly workers: Pick<Workers, "all">) {}

  /** Takes in what was counted since. A process that ends takes with it what it counted and nobody has read. */
  async read(): Promise<void> {
    const pids: number[] = [];
    for (const worker of await this.workers.all()) {
      const pid = await worker.pid();
      this.users.take(pid, await worker.table(tables.tombstoned));
      pids.push(pid);
    }
    this.users.keepOnly(pids);
  }

  /** Users who were asked for since they were reported last. */
  async report(): Promise<readonly string[]> {
    await this.read();
    return this.users.report();
  }
}

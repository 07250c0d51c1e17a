/** A local cloud's surroundings for one controller: an address range, processes and records of the test's own. */
import { LocalNetwork } from "../../../sandbox/cloud/local-network";
import type { CloudContext } from "../../../sandbox/cloud/context";
import { NO_FAULTS, type Controller, type Faults, type Records } from "../../../sandbox/cloud/controller";
import { Processes } from "../../../sandbox/cloud/processes/processes";
import type { CloudRecord } from "../../../sandbox/provider/store";
import type { Properties } from "../../../sandbox/provider/values";
import { tempDir } from "../../support/temp-dir";
import { until } from "../../support/until";
import { SILENT } from "./support";

/** How long a resource may take to settle: less than a test has. */
const PATIENCE_MS = 20_000;

/** Records in memory. */
export class MemoryRecords implements Records {
  private readonly kept = new Map<string, CloudRecord>();

  /** Records a resource as the provider does: outputs hold the inputs too. */
  put(type: string, id: string, inputs: Properties, outputs: Properties = {}, scope = "gcp"): void {
    const [created, updated] = ["2026-01-01T00:00:00.000Z", new Date().toISOString()];
    const record = { type, id, urn: "", created, updated, inputs, outputs: { ...inputs, ...outputs }, secrets: [] };
    this.kept.set(`${scope} ${type} ${id}`, record);
  }

  remove(type: string, id: string, scope = "gcp"): void {
    this.kept.delete(`${scope} ${type} ${id}`);
  }

  clear(): void {
    this.kept.clear();
  }

  google(type: string): readonly CloudRecord[] {
    return this.ofScope("gcp", type);
  }

  kubernetesClusters(): readonly string[] {
    return [...new Set([...this.kept.keys()].flatMap((key) => /^kubernetes\/(\S+)/.exec(key)?.[1] ?? []))];
  }

  kubernetes(cluster: string, type: string): readonly CloudRecord[] {
    return this.ofScope(`kubernetes/${cluster}`, type);
  }

  private ofScope(scope: string, type: string): CloudRecord[] {
    const prefix = `${scope} ${type} `;
    return [...this.kept].flatMap(([key, record]) => (key.startsWith(prefix) ? [record] : []));
  }
}

export class TestContext implements CloudContext {
  readonly log = SILENT;
  readonly records = new MemoryRecords();
  readonly processes: Processes;
  readonly machines = {
    create: () => {
      throw new Error("no test here makes machines");
    },
  };
  injected: Faults = NO_FAULTS;
  wakes = 0;

  private constructor(
    readonly directory: string,
    readonly network: LocalNetwork,
  ) {
    this.processes = new Processes({ directory, log: this.log });
  }

  static async open(directory = tempDir()): Promise<TestContext> {
    return new TestContext(directory, await LocalNetwork.open(directory));
  }

  faults(): Faults {
    return this.injected;
  }

  wake(): void {
    this.wakes++;
  }

  /** Has the controller reconcile again and again until the resource has settled; throws why it has failed. */
  async settled(controller: Controller, type: string, id: string): Promise<void> {
    let last = "";
    const isSettled = async () => {
      await controller.reconcile(this.records);
      const standing = controller.standing({ scope: "gcp", type, id });
      if (standing.is === "settled") return true;
      last = standing.because;
      if (standing.is === "failed") throw new Error(last);
      return false;
    };
    await until(`${type} ${id}`, isSettled, PATIENCE_MS).catch((error: Error) => {
      throw new Error(`${error.message}: ${last}`, { cause: error });
    });
  }

  async close(): Promise<void> {
    await this.processes.stop();
    await this.network.close();
  }
}

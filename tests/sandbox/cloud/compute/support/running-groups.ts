/** The controller of instance groups over machines without processes, under jest's clock. */
import { RecordedFirewall } from "../../../../../sandbox/cloud/compute/firewall/recorded-firewall";
import { InstanceGroups } from "../../../../../sandbox/cloud/compute/instance-groups/instance-groups";
import { TYPES } from "../../../../../sandbox/cloud/compute/types";
import type { Standing } from "../../../../../sandbox/cloud/controller";
import { removeTempDirs, tempDir } from "../../../../support/temp-dir";
import { fakeCloud, type FakeCloud } from "./fake-machines";
import { type ChangingRecords, edges, MANAGER } from "./records";

/** Longest that a controller waits when it stops. */
const STOP_MS = 10_000;

/** What a health check of an instance meets: undefined for success. */
export type Answer = (instance: string) => string | undefined;

const STEP_MS = 500;

export class RunningGroups {
  readonly cloud: FakeCloud;
  readonly controller: InstanceGroups;
  /** How often each instance was asked. */
  readonly asked = new Map<string, number>();
  answer: Answer = () => undefined;

  constructor(
    readonly records: ChangingRecords,
    readonly directory: string,
  ) {
    this.cloud = fakeCloud(directory, records, () => undefined);
    this.controller = new InstanceGroups(this.cloud, new RecordedFirewall(), async ({ host }) => {
      const [instance = host] = [...this.cloud.network.claims].find(([, address]) => address === host) ?? [];
      this.asked.set(instance, (this.asked.get(instance) ?? 0) + 1);
      return await Promise.resolve(this.answer(instance));
    });
  }

  /** Lets so much time pass, with a pass of the controller every half second. */
  async after(seconds: number): Promise<void> {
    for (let ms = 0; ms <= seconds * 1000; ms += STEP_MS) {
      await this.controller.reconcile(this.records);
      await jest.advanceTimersByTimeAsync(STEP_MS);
    }
  }

  /** Of the group, or of another resource: `settled`, or `pending: <reason>`. */
  standing(type: string = TYPES.manager, id: string = MANAGER): string {
    const standing: Standing = this.controller.standing({ scope: "gcp", type, id });
    return standing.is === "settled" ? standing.is : `${standing.is}: ${standing.because}`;
  }

  names(): string[] {
    return this.cloud.machines.names();
  }
}

const running: RunningGroups[] = [];

/** A controller that ends with the test; the clock is jest's from here on. */
export function runGroups(records = edges(), directory = tempDir()): RunningGroups {
  jest.useFakeTimers();
  const groups = new RunningGroups(records, directory);
  running.push(groups);
  return groups;
}

/** For `afterEach`. */
export async function stopGroups(): Promise<void> {
  const stopped = running.splice(0).map(({ controller }) => controller.stop());
  await jest.advanceTimersByTimeAsync(STOP_MS);
  await Promise.all(stopped);
  jest.useRealTimers();
  removeTempDirs();
}

/** A standing that begins so, and holds a text. */
export function reason(is: Standing["is"], text: string): RegExp {
  return new RegExp(`^${is}: .*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "s");
}

/** A feed and a driver that a test has in hand. */
import type { FeedLine } from "../../../services/contracts/feed";
import type { Feed } from "../../../services/node-agent/agent";
import type { Change, Driver } from "../../../services/node-agent/driver";

/** Hands over the lines it is told to, and keeps what it is told. */
export class FakeFeed implements Feed {
  started = 0;
  stopped = 0;
  left = 0;
  readonly acknowledged: number[] = [];
  /** Called at each acknowledgement. */
  onAcknowledge: (revision: number) => void = () => undefined;

  constructor(
    readonly position: () => number,
    readonly take: (lines: readonly FeedLine[]) => Promise<void>,
  ) {}

  get last(): number | undefined {
    return this.acknowledged.at(-1);
  }

  start(): void {
    this.started++;
  }

  acknowledge(revision: number): void {
    this.acknowledged.push(revision);
    this.onAcknowledge(revision);
  }

  stop(): Promise<void> {
    this.stopped++;
    return Promise.resolve();
  }

  leave(): Promise<void> {
    this.left++;
    return Promise.resolve();
  }
}

/** What may go wrong with a call: nothing, before anything was done, after half of it, or after all of it. */
export type Failure = "none" | "before" | "half" | "after";

/** Serves a map, which outlives it where a test says so, and fails as it is told to. */
export class FakeDriver implements Driver {
  served = new Map<string, unknown>();
  readonly calls: string[] = [];
  readonly applied: (readonly Change[])[] = [];
  /** How the next call of `apply` or `reconcile` goes; the answer may be waited for. */
  next: (call: "apply" | "reconcile") => Failure | Promise<Failure> = () => "none";
  private stopping: () => void = () => undefined;
  private readonly stopped = new Promise<never>((_, reject) => (this.stopping = () => reject(new Error("stopped"))));

  constructor(private readonly log: string[] = []) {
    this.stopped.catch(() => undefined);
  }

  start(state: ReadonlyMap<string, unknown>): Promise<void> {
    this.note("start");
    if (this.served.size === 0) this.served = new Map(state);
    return Promise.resolve();
  }

  async apply(changes: readonly Change[]): Promise<void> {
    this.note("apply");
    this.applied.push(changes);
    await this.run("apply", changes.length, (count) => {
      for (const { key, value } of changes.slice(0, count)) this.put(key, value);
    });
  }

  async reconcile(state: ReadonlyMap<string, unknown>): Promise<number> {
    this.note("reconcile");
    const repairs: [string, unknown][] = [
      ...[...this.served.keys()].filter((key) => !state.has(key)).map((key): [string, unknown] => [key, null]),
      ...[...state].filter(([key, value]) => JSON.stringify(this.served.get(key)) !== JSON.stringify(value)),
    ];
    await this.run("reconcile", repairs.length, (count) => {
      for (const [key, value] of repairs.slice(0, count)) this.put(key, value);
    });
    return repairs.length;
  }

  stop(): Promise<void> {
    this.note("stop");
    this.stopping();
    return Promise.resolve();
  }

  private async run(call: "apply" | "reconcile", count: number, work: (count: number) => void): Promise<void> {
    const failure = await Promise.race([this.next(call), this.stopped]);
    if (failure !== "before") work(failure === "half" ? count >> 1 : count);
    if (failure !== "none") throw new Error(`the driver failed: ${failure}`);
  }

  private put(key: string, value: unknown): void {
    if (value === null) this.served.delete(key);
    else this.served.set(key, value);
  }

  private note(call: string): void {
    this.calls.push(call);
    this.log.push(call);
  }
}

/** Machines without processes, and a local cloud around them. */
import type { CloudContext, Log } from "../../../../../sandbox/cloud/context";
import { NO_FAULTS, type Records } from "../../../../../sandbox/cloud/controller";
import type { ContainerState, Machine, Machines, MachineSpec } from "../../../../../sandbox/cloud/machine";
import type { Network } from "../../../../../sandbox/cloud/network";

export class FakeMachine implements Machine {
  /** Why its containers do not run. */
  trouble: string | undefined;
  isStopped = false;
  private readonly started = new Set<string>();
  private stopped: Promise<void> | undefined;

  constructor(
    readonly spec: MachineSpec,
    private readonly stopping: (machine: FakeMachine) => Promise<void>,
  ) {}

  get containers(): readonly ContainerState[] {
    return this.spec.containers.map(({ name }) => {
      const isRunning = this.started.has(name) && this.trouble === undefined;
      if (isRunning) return { name, state: "running", restarts: 0, pid: 1 };
      return { name, state: "waiting", restarts: 0, ...(this.trouble !== undefined && { trouble: this.trouble }) };
    });
  }

  start(container: string): void {
    this.started.add(container);
  }

  async restart(): Promise<void> {
    await Promise.resolve();
  }

  async stop(): Promise<void> {
    this.stopped ??= this.stopping(this);
    await this.stopped;
    this.isStopped = true;
  }
}

export class FakeMachines implements Machines {
  readonly made: FakeMachine[] = [];
  /** Refuses a machine with what it returns. */
  refuse: (spec: MachineSpec) => string | undefined = () => undefined;
  /** What containers of a new machine lack. */
  troubleOf: (spec: MachineSpec) => string | undefined = () => undefined;
  /** What a stop waits for. */
  stopping: (machine: FakeMachine) => Promise<void> = () => Promise.resolve();

  create(spec: MachineSpec): Machine {
    const refusal = this.refuse(spec);
    if (refusal !== undefined) throw new Error(refusal);
    const twice = this.running().find((machine) => machine.spec.name === spec.name);
    if (twice !== undefined) throw new Error(`${spec.name} exists already`);
    const machine = new FakeMachine(spec, (stopped) => this.stopping(stopped));
    machine.trouble = this.troubleOf(spec);
    this.made.push(machine);
    return machine;
  }

  running(): FakeMachine[] {
    return this.made.filter(({ isStopped }) => !isStopped);
  }

  names(): string[] {
    return this.running()
      .map(({ spec }) => spec.name)
      .sort();
  }
}

/** Addresses in the order in which they are claimed. */
export class FakeNetwork implements Network {
  readonly claims = new Map<string, string>();
  private count = 0;

  constructor(readonly range = "127.99.0.0/16") {}

  own(): string {
    return this.address(0, 1);
  }

  claim(owner: string): string {
    const address = this.claims.get(owner) ?? this.address(64, ++this.count);
    this.claims.set(owner, address);
    return address;
  }

  release(owner: string): void {
    this.claims.delete(owner);
  }

  port(port: number): number {
    return port;
  }

  private address(third: number, fourth: number): string {
    return `${this.range.split(".").slice(0, 2).join(".")}.${third}.${fourth}`;
  }
}

const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface FakeCloud extends CloudContext {
  readonly machines: FakeMachines;
  readonly network: FakeNetwork;
}

/** @param wake called when somebody asks for another pass. */
export function fakeCloud(directory: string, records: Records, wake: () => void): FakeCloud {
  return {
    directory,
    records,
    wake,
    machines: new FakeMachines(),
    network: new FakeNetwork(),
    log: SILENT,
    faults: () => NO_FAULTS,
  };
}

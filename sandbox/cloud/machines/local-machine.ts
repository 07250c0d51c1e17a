/** A machine whose containers are processes of this one. */
import type { ContainerState, Machine, MachineSpec } from "../machine";
import type { Container } from "./container";

export class LocalMachine implements Machine {
  private stopping: Promise<void> | undefined;

  constructor(
    readonly spec: MachineSpec,
    private readonly byName: ReadonlyMap<string, Container>,
    private readonly onStopped: () => void,
  ) {}

  get containers(): readonly ContainerState[] {
    return [...this.byName.values()].map(({ snapshot }) => snapshot);
  }

  start(container: string): void {
    if (this.stopping === undefined) this.container(container).start();
  }

  async restart(container: string): Promise<void> {
    await this.container(container).restart();
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  /** Takes its power away for good, and resolves once nothing runs. */
  async powerOff(): Promise<void> {
    this.setDown(true);
    await this.stop();
  }

  /** Takes its power away, or gives it back. */
  setDown(isDown: boolean): void {
    for (const container of this.byName.values()) container.setDown(isDown);
  }

  private async stopAll(): Promise<void> {
    // As systemd and kubelets do: what ends only after another of them must not keep that one from being told.
    await Promise.all([...this.byName.values()].map((container) => container.stop()));
    this.onStopped();
  }

  private container(name: string): Container {
    const container = this.byName.get(name);
    if (container === undefined) throw new Error(`machine ${this.spec.name} has no container ${name}`);
    return container;
  }
}

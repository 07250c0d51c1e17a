/** Runs the machines of the local cloud: each is an address, and a process per container. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Identities, Log } from "../context";
import type { Faults } from "../controller";
import type { ContainerSpec, Machine, Machines, MachineSpec } from "../machine";
import type { Network } from "../network";
import type { Processes, ProcessSpec } from "../processes/processes";
import { adapt } from "../registry/adapters";
import type { LocalRegistry } from "../registry/local-registry";
import { Container } from "./container";
import { LocalMachine } from "./local-machine";
import { placedArgs, placedEnvironment } from "./paths";
import { ShortPaths } from "./short-paths";
import { viewVariables } from "./view";

export interface MachinesOptions {
  /** Absolute path of the local cloud's directory. */
  readonly directory: string;
  readonly network: Network;
  readonly log: Log;
  readonly processes: Processes;
  readonly registry: Pick<LocalRegistry, "pull">;
  /** Asked when a container starts. */
  readonly identities: Pick<Identities, "metadataHost" | "endpoints">;
  /** File with the certificate of the sandbox's authority. */
  readonly authorityFile: string;
  readonly faults: () => Faults;
  /** Called when a container was started or has ended. */
  readonly wake: () => void;
}

/** Parts of names become folders. */
const NAME = /^[a-z0-9][\w.-]*(\/[a-z0-9][\w.-]*)*$/;

export class LocalMachines implements Machines {
  private readonly machines = new Map<string, LocalMachine>();
  private readonly shortPaths: ShortPaths;
  private isOff = false;

  constructor(private readonly options: MachinesOptions) {
    this.shortPaths = new ShortPaths(options.directory);
  }

  create(spec: MachineSpec): Machine {
    const { name } = spec;
    if (this.isOff) throw new Error(`machine ${name} is not made: the local cloud is being stopped`);
    if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a machine`);
    if (this.machines.has(name)) throw new Error(`machine ${name} exists already, or has not stopped yet`);
    const containers = new Map(spec.containers.map((container) => [container.name, this.container(spec, container)]));
    if (containers.size < spec.containers.length) throw new Error(`machine ${name} has two containers of one name`);
    const machine = new LocalMachine(spec, containers, () => this.forget(spec));
    this.machines.set(name, machine);
    machine.setDown(this.options.faults().down.includes(name));
    return machine;
  }

  /** Puts the faults of now in force: machines that are down are killed at once, others start again. */
  applyFaults(): void {
    const { down } = this.options.faults();
    for (const [name, machine] of this.machines) machine.setDown(down.includes(name));
  }

  /** Ends all machines at once, as a power cut would, and makes no others. */
  async powerOff(): Promise<void> {
    this.isOff = true;
    await Promise.all([...this.machines.values()].map((machine) => machine.powerOff()));
    this.shortPaths.remove();
  }

  /** Of a machine that has stopped. */
  private forget({ name, containers }: MachineSpec): void {
    this.machines.delete(name);
    for (const { mounts } of containers) for (const path of Object.values(mounts)) this.shortPaths.release(path);
  }

  private container(machine: MachineSpec, declared: ContainerSpec): Container {
    const mounts = Object.entries(declared.mounts).map(([inside, directory]) => [
      inside,
      this.shortPaths.of(directory),
    ]);
    const spec: ContainerSpec = { ...declared, mounts: Object.fromEntries(mounts) as Record<string, string> };
    const environment = placedEnvironment(spec.name, spec.environment, spec.mounts);
    placedArgs(spec.name, spec.args, spec.mounts);
    return new Container({
      kind: machine.kind,
      spec,
      processes: this.options.processes,
      command: () => this.command(machine, spec, environment),
      onChange: this.options.wake,
    });
  }

  /** As a container's runtime does: pulls the image, looks at the mounts, and puts the environment together. */
  private async command(
    machine: MachineSpec,
    { name, image, args, mounts }: ContainerSpec,
    declared: Readonly<Record<string, string>>,
  ): Promise<ProcessSpec> {
    const { registry, network, identities, authorityFile, directory } = this.options;
    const program = await registry.pull(image);
    for (const [inside, source] of Object.entries(mounts)) {
      if (!existsSync(source)) throw new Error(`${inside} cannot be mounted: ${source} does not exist`);
    }
    const own = placedArgs(name, args.length > 0 ? args : program.defaultArgs, mounts);
    return {
      name: `${machine.name}/${name}`,
      executable: program.executable,
      args: [...program.args, ...own],
      environment: {
        HOSTNAME: machine.hostname,
        ...program.environment,
        ...declared,
        ...adapt(program, { machine, declared, network, identities, authorityFile }),
        ...(program.isNode && viewVariables(machine, network, declared.NODE_OPTIONS)),
      },
      directory: program.directory,
      log: join(directory, "logs", machine.name, `${name}.log`),
    };
  }
}

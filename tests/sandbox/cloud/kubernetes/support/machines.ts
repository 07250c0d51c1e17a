/** Machines whose containers are HTTP servers in this process. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type {
  ContainerSpec,
  ContainerState,
  Machine,
  Machines,
  MachineSpec,
} from "../../../../../sandbox/cloud/machine";

/** Ports that containers listen at, by their name; others at none. */
export const PORTS: Readonly<Record<string, number>> = { app: 28080, agent: 28081, server: 28053 };

export class FakeMachines implements Machines {
  /** Every machine that was ever made. */
  readonly made: FakeMachine[] = [];
  /** What a container answers to a request; 200 unless a test says otherwise. */
  status: (container: { image: string; name: string; pod: string }, path: string) => number = () => 200;
  /** What happened, in order: `start dns-0/agent`. */
  readonly events: string[] = [];

  create(spec: MachineSpec): Machine {
    if (this.made.some((machine) => machine.spec.name === spec.name && !machine.stopped)) {
      throw new Error(`machine ${spec.name} exists already, or has not stopped yet`);
    }
    const machine = new FakeMachine(spec, this);
    this.made.push(machine);
    return machine;
  }

  /** The machine of a pod that was made last. */
  of(pod: string): FakeMachine {
    const machine = this.made.filter(({ spec }) => spec.hostname === pod).at(-1);
    if (machine === undefined) throw new Error(`pod ${pod} has no machine`);
    return machine;
  }

  async stop(): Promise<void> {
    await Promise.all(this.made.map((machine) => machine.stop()));
  }
}

class FakeContainer {
  state: ContainerState["state"] = "waiting";
  restarts = 0;
  startedAt: number | undefined;
  trouble: string | undefined;
  private server: Server | undefined;
  private listening: Promise<unknown> = Promise.resolve();

  constructor(
    readonly spec: ContainerSpec,
    private readonly machine: MachineSpec,
    private readonly machines: FakeMachines,
  ) {}

  get snapshot(): ContainerState {
    const { spec, state, restarts, startedAt, trouble } = this;
    return {
      ...{ name: spec.name, state, restarts },
      ...(startedAt !== undefined && { startedAt }),
      ...(trouble !== undefined && { trouble }),
    };
  }

  async start(): Promise<void> {
    const { name, image } = this.spec;
    const pod = this.machine.hostname;
    this.machines.events.push(`start ${pod}/${name}`);
    if (image.endsWith(":missing")) {
      this.trouble = `image ${image} cannot be pulled: there is none`;
      return;
    }
    this.server = createServer((request, response) => {
      response.writeHead(this.machines.status({ image, name, pod }, request.url ?? "")).end("so it says");
    });
    this.startedAt = Date.now();
    this.state = "running";
    const port = PORTS[name];
    if (port === undefined) return;
    this.listening = once(this.server.listen(port, this.machine.address), "listening");
    await this.listening;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.restarts++;
    await this.start();
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (this.state === "stopped" || server === undefined) return;
    this.machines.events.push(`stop ${this.machine.hostname}/${this.spec.name}`);
    this.state = "stopped";
    this.server = undefined;
    await this.listening;
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }
}

export class FakeMachine implements Machine {
  stopped = false;
  private readonly byName: ReadonlyMap<string, FakeContainer>;
  private stopping: Promise<void> | undefined;

  constructor(
    readonly spec: MachineSpec,
    machines: FakeMachines,
  ) {
    this.byName = new Map(spec.containers.map((entry) => [entry.name, new FakeContainer(entry, spec, machines)]));
  }

  get containers(): readonly ContainerState[] {
    return [...this.byName.values()].map(({ snapshot }) => snapshot);
  }

  start(container: string): void {
    void this.byName.get(container)!.start();
  }

  async restart(container: string): Promise<void> {
    await this.byName.get(container)!.restart();
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const container of this.byName.values()) await container.stop();
    this.stopped = true;
  }
}

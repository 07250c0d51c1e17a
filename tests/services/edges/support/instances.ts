/** What stands in for Google's Compute API: lists the container VMs of the test's clusters. */
import { containerVmRole, type OWNERSHIP_LABELS } from "../../../../config/names";
import { json, Listener, NOT_FOUND } from "../../../../sandbox/issuer/listener";

/** Every cluster's project and its one zone of machines. */
export const PROJECT = "example";
export const MACHINE_ZONE = "europe-west1-b";
export const ENVIRONMENT = "test";

const PATH = `/compute/v1/projects/${PROJECT}/zones/${MACHINE_ZONE}/instances`;

export interface Machine {
  readonly cluster: string;
  readonly name: string;
  readonly address: string;
}

export class Instances {
  private constructor(
    private readonly listener: Listener,
    private readonly machines: Machine[],
  ) {}

  static async start(): Promise<Instances> {
    const machines: Machine[] = [];
    const listener = await Listener.start(({ pathname, searchParams }) =>
      pathname === PATH ? json({ items: select(machines, searchParams.get("filter") ?? "") }) : NOT_FOUND,
    );
    return new Instances(listener, machines);
  }

  get url(): string {
    return `http://${this.listener.host}`;
  }

  add(machine: Machine): void {
    this.machines.push(machine);
  }

  async stop(): Promise<void> {
    await this.listener.stop();
  }
}

/** All of them run; of the conditions, those on labels are looked at. */
function select(machines: readonly Machine[], filter: string): object[] {
  const conditions = [...filter.matchAll(/labels\.([a-z-]+) = "([^"]*)"/g)];
  return machines
    .map(instanceOf)
    .filter(({ labels }) => conditions.every(([, name, value]) => labels[name ?? ""] === value));
}

function instanceOf({ cluster, name, address }: Machine) {
  const owner: Record<(typeof OWNERSHIP_LABELS)[number], string> = {
    environment: ENVIRONMENT,
    "failure-domain": cluster,
    "managed-by": "pulumi",
    role: containerVmRole("standard"),
  };
  const labels: Record<string, string> = owner;
  return { name, status: "RUNNING", labels, networkInterfaces: [{ networkIP: address }] };
}

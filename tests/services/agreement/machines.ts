/** What the stack runs on the machines of every cluster of every environment. */
import type { Container } from "../../../components/containers";
import { containerVmContainers, edgeContainers } from "../../../components/cluster/machine-containers";
import { scopeOf } from "../../../components/cluster/scope";
import { environments, imageOf } from "./stack";

export interface MachineContainer {
  /** In words, for the names of tests. */
  readonly name: string;
  /** The image's name. */
  readonly image: string;
  readonly container: Container;
  /** All containers of the same machine. */
  readonly machine: readonly Container[];
}

export const machineContainers: readonly MachineContainer[] = environments.flatMap((environment) =>
  Object.entries(environment.clusters).flatMap(([cluster, config]) => {
    const scope = scopeOf(environment, cluster, config);
    const hosts = Object.keys(config.containerVms).map((tier) => ({
      kind: `${tier} container VM`,
      containers: containerVmContainers(scope, tier, environment.machineTiers[tier]?.machineType ?? ""),
    }));
    const edge = { kind: "edge", containers: edgeContainers(scope, config.httpServing.machineType) };
    return [...hosts, edge].flatMap(({ kind, containers }) =>
      containers.map((container) => ({
        name: `${container.name} on the ${kind} of ${cluster} in ${environment.name}`,
        image: imageOf(container),
        container,
        machine: containers,
      })),
    );
  }),
);

/** Those that run an image. */
export function running(image: string): MachineContainer[] {
  return machineContainers.filter((container) => container.image === image);
}

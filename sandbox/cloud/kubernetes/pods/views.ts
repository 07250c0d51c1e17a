/** Pods as others see them. */
import type { Pod as PodView } from "../../context";
import type { Unit } from "../../controller";
import type { Pod } from "./pod";

/** For those who send traffic to pods; undefined for one that has no address yet. */
export function viewOf({ stored, labels, ready, terminating, plan, machine }: Pod): PodView | undefined {
  if (machine === undefined) return undefined;
  const { address } = machine.spec;
  return { name: stored.name, address, labels, ready, terminating, namedPorts: plan.namedPorts, machine };
}

export function unitOf({ machine, ready, trouble }: Pod): Unit | undefined {
  if (machine === undefined) return undefined;
  const { name, failureDomain, role, region, address } = machine.spec;
  return {
    name,
    kind: "pod",
    failureDomain,
    role,
    region,
    address,
    healthy: ready,
    ...(trouble !== undefined && { trouble: trouble.because }),
    pids: machine.containers.flatMap(({ pid }) => pid ?? []),
  };
}
